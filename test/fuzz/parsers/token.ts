import { createHmac, type KeyObject, verify as verifyBytes } from 'node:crypto';
import { channelFault, prefixFault } from '@zerospan/shared';
import { KeyRing } from '../../../server/src/auth/keys/key-ring.ts';
import { TokenRefusal, WHYS } from '../../../server/src/auth/tokens/refusal.ts';
import { type Judge, TOKEN_LIFE_MS, verify } from '../../../server/src/auth/tokens/verify.ts';
import { broken, type Parser } from '../parser.ts';
import { BAD, EC, ED, GOOD, KEYS, NOW_S, RSA, SECRET, signedBy } from './token-seeds.ts';

/**
 * Stands between header and claims of an input that is signed before it is read: without that nothing would be seen
 * behind the signature.
 */
const BETWEEN = '\x1e';

const SKEW_MS = 30_000;
const judge: Judge = {
  keys: new KeyRing({ own: KEYS }),
  issuer: 'zerospan',
  audience: 'zerospan',
  skewMs: SKEW_MS,
  now: () => NOW_S * 1_000,
  elapsed: () => 0,
};

const claims = `"iss":"zerospan","aud":["zerospan","b"],"exp":${NOW_S + 60},"nbf":${NOW_S},"iat":1,"sub":"alice","jti":"t-1"`;
const grants =
  '{"subscribe":["room1",{"prefix":"vote."}],"put":[""],"history":[],"confirm":true,"admin":false}';

/** An input as a token; what begins like JSON is signed with the secret first: header and claims, or claims alone. */
function tokenIn(bytes: Buffer): string {
  if (bytes[0] !== 0x7b) return bytes.toString();
  const [first, ...more] = bytes.toString('latin1').split(BETWEEN) as [string, ...string[]];
  return more.length === 0
    ? signedBy(SECRET, '{"alg":"HS256"}', first)
    : signedBy(SECRET, first, more.join(BETWEEN));
}

/** A token, as a stranger sends it. */
export const token: Parser = {
  name: 'token',
  seeds: [
    ...GOOD,
    ...BAD,
    `{"alg":"HS256","typ":"JWT"}${BETWEEN}{${claims},"zerospan":${grants}}`,
    ...[`{${claims}}`, `{${claims},"zerospan":${grants}}`, `{"zerospan":${grants},${claims}}`],
    ...['{"subscribe":[]}', '{"put":["a","b",{"prefix":""}]}', '{"admin":true}'].map(
      (grant) => `{${claims},"zerospan":${grant}}`,
    ),
    `{"alg":"HS256","kid":"one","crit":["b64"],"b64":true}${BETWEEN}{${claims}}`,
    `{"alg":"ES256","jwk":{"kty":"EC"},"jku":"http://127.0.0.1:9/","x5u":"a","x5c":["a"]}${BETWEEN}{${claims}}`,
  ],
  words: [
    ...['alg', 'kid', 'typ', 'crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'enc', 'cty'],
    ...['iss', 'aud', 'exp', 'nbf', 'iat', 'sub', 'jti', 'zerospan'],
    ...['subscribe', 'put', 'history', 'confirm', 'admin', 'prefix'],
  ]
    .map((word) => `"${word}":`)
    .concat('none', 'HS256', 'RS256', 'ES256', 'EdDSA', '.', '..', '=', '-', '_', BETWEEN),
  // What the protocol lets through, and somewhat more.
  mostBytes: 70_000,
  async read(bytes) {
    const input = tokenIn(bytes);
    const claim = await verify(input, judge).catch((error: unknown) => {
      if (!(error instanceof TokenRefusal) || !(error.why in WHYS)) throw error;
      return undefined;
    });
    if (!claim) {
      if (GOOD.includes(input)) broken('a good token comes in');
      return;
    }
    if (BAD.includes(input) || !isSigned(input)) broken('nobody comes in whom no key has signed');
    const leftMs = claim.expMs - NOW_S * 1_000;
    if (!(leftMs > -SKEW_MS && leftMs <= TOKEN_LIFE_MS)) broken('a token ends, and has not ended');
    if (claim.subject === '' || claim.subject.length > 255 * 2) broken('it is of somebody');
    for (const { channels, prefixes } of [claim.grants.subscribe, claim.grants.put, claim.grants.history])
      if (channels.some(channelFault) || prefixes.some(prefixFault)) broken('filters are well-formed');
  },
};

/** The same said once more, without any library for it. */
function isSigned(input: string): boolean {
  const [head = '', body = '', signature = ''] = input.split('.');
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string };
  const [data, bytes] = [Buffer.from(`${head}.${body}`), Buffer.from(signature, 'base64url')];
  if (alg === 'HS256') return createHmac('sha256', SECRET).update(data).digest().equals(bytes);
  const by: Readonly<Record<string, KeyObject>> = { RS256: RSA, ES256: EC, EdDSA: ED };
  const key = by[alg];
  if (!key) return false;
  return verifyBytes(alg === 'EdDSA' ? null : 'sha256', data, { key, dsaEncoding: 'ieee-p1363' }, bytes);
}
