import { createSecretKey } from 'node:crypto';
import { keysOfJwks } from '../../../server/src/auth/keys/jwks.ts';
import { ALGORITHMS, type Key, KeyFault } from '../../../server/src/auth/keys/key.ts';
import { privatePem, publicPem } from '../../../server/src/auth/keys/pem.ts';
import { broken, type Parser } from '../parser.ts';
import { EC, ED, RSA, SECRET } from './token-seeds.ts';

const KEYS = [RSA, EC, ED].map((key) => key.export({ format: 'jwk' }));
const OWN = createSecretKey(SECRET).export({ format: 'jwk' });

/** The keys, or undefined where they were refused as they should be. */
function made<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof KeyFault) return undefined;
    throw error;
  }
}

function check(keys: readonly Key[]): void {
  for (const { algorithm, key } of keys) {
    if (!ALGORITHMS.includes(algorithm)) broken('a key is for one of the algorithms');
    if ((key.type === 'secret') !== (algorithm === 'HS256'))
      broken('a secret is for HS256, and nothing else is');
  }
}

/** What an issuer answers, and what a file with a JWK set holds. */
export const jwks: Parser = {
  name: 'jwks',
  seeds: [
    JSON.stringify({ keys: KEYS.map((key, i) => ({ ...key, kid: `key-${i}`, use: 'sig' })) }),
    JSON.stringify({ keys: [{ ...OWN, alg: 'HS256', key_ops: ['verify'] }] }),
    JSON.stringify({ ...KEYS[2], alg: 'EdDSA' }),
  ],
  words: [
    ...['keys', 'kty', 'kid', 'use', 'alg', 'key_ops', 'crv', 'x', 'y', 'n', 'e', 'd', 'k'].map(
      (word) => `"${word}":`,
    ),
    ...['"oct"', '"RSA"', '"EC"', '"OKP"', '"P-256"', '"P-384"', '"Ed25519"', '"X25519"', '"sig"', '"enc"'],
  ],
  read(bytes) {
    let content: unknown;
    try {
      content = JSON.parse(bytes.toString());
    } catch {
      return;
    }
    check(made(() => keysOfJwks(content, 'file')) ?? []);
    const fetched = made(() => keysOfJwks(content, 'url')) ?? [];
    check(fetched);
    if (fetched.some(({ key }) => key.type !== 'public')) broken('what was fetched never makes a secret');
  },
};

/** A key in PEM, to verify or to sign with. */
export const pem: Parser = {
  name: 'pem',
  seeds: [RSA, EC, ED].map((key) => String(key.export({ type: 'spki', format: 'pem' }))),
  words: [
    ...[
      'PUBLIC KEY',
      'RSA PUBLIC KEY',
      'PRIVATE KEY',
      'EC PRIVATE KEY',
      'ENCRYPTED PRIVATE KEY',
      'CERTIFICATE',
    ],
    ...['-----BEGIN ', '-----END ', '-----', '=', 'Proc-Type: 4,ENCRYPTED\n'],
  ],
  read(bytes) {
    const text = bytes.toString();
    const key = made(() => publicPem(text));
    if (key && key.key.type !== 'public') broken('who verifies has the public key alone');
    check(key ? [key] : []);
    const own = made(() => privatePem(text));
    if (own && own.key.type !== 'private') broken('who signs has the private key');
  },
};
