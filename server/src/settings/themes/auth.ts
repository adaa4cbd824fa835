import * as Type from '../../schema.ts';
import { words } from '../words.ts';

/** Keys that come over an open network unprotected could be anybody's. */
const URL_OF_KEYS =
  '^(?:|https://[^/].*|http://(?:127(?:\\.\\d{1,3}){3}|localhost|\\[::1\\])(?::\\d{1,5})?(?:/.*)?)$';

/**
 * Settings of who may come in by a token. Secrets stand in files or in `ZEROSPAN_AUTH_SECRET`: a flag is seen by every
 * user of the machine.
 */
export const authSettings = Type.Object({
  keys: Type.Array(
    Type.String({ minLength: 1 }),
    words({
      default: [] as string[],
      value: 'file',
      flag: 'auth-key',
      expects: 'names of key files',
      description:
        'Files with keys that verify tokens: a JWK set, a public key in PEM, or a secret of at least 32 ' +
        'bytes. None, and no other source of keys: no token is required.',
    }),
  ),
  jwksUrl: Type.String(
    words({
      pattern: URL_OF_KEYS,
      default: '',
      value: 'url',
      expects: 'an https address, or http on loopback',
      description:
        'Address at which the issuer of the tokens publishes its keys as a JWK set: https, or http on ' +
        'loopback. Empty: none.',
    }),
  ),
  issuer: Type.String(
    words({
      minLength: 1,
      default: 'zerospan',
      value: 'text',
      expects: 'a text',
      description: 'Value that the claim iss of a token must have.',
    }),
  ),
  audience: Type.String(
    words({
      minLength: 1,
      default: 'zerospan',
      value: 'text',
      expects: 'a text',
      description: 'Value that the claim aud of a token must have, or contain.',
    }),
  ),
  skewMs: Type.Integer(
    words({
      minimum: 0,
      maximum: 60_000,
      default: 30_000,
      value: 'ms',
      expects: 'a whole number of milliseconds from 0 to 60000',
      description: 'How far the clock of the issuer may differ, in ms. 0: not at all.',
    }),
  ),
  revocations: Type.String(
    words({
      default: '',
      value: 'file',
      expects: 'the name of a file',
      description: 'File of revoked access, one a line: subject:NAME, session:ID or token:ID. Empty: none.',
    }),
  ),
  blindMs: Type.Integer(
    words({
      minimum: 0,
      maximum: 2 ** 40,
      default: 60_000,
      value: 'ms',
      expects: 'a whole number of milliseconds from 0 to 1099511627776',
      description:
        'For how long a node with a log on JetStream admits clients by tokens without hearing what other nodes have ' +
        'revoked, in ms, 3000 at least; beyond, it closes their sessions, and they reconnect. 0: without end.',
    }),
  ),
  resumeWindowMs: Type.Integer(
    words({
      minimum: 0,
      maximum: 2 ** 40,
      default: 120_000,
      value: 'ms',
      expects: 'a whole number of milliseconds from 0 to 1099511627776',
      description:
        'How far back a client may resume without a grant for history, in ms. 0: every position requires the ' +
        'grant.',
    }),
  ),
});
