import { createPublicKey } from 'node:crypto';
import * as Type from '../../schema.ts';
import { type Key, KeyFault, pinned, secretKey } from './key.ts';

/** Most keys of a set. Two are needed for a rotation; an issuer of many services may have more. */
const SET_KEYS = 64;

const Jwk = Type.Object({
  kty: Type.String(),
  kid: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  alg: Type.Optional(Type.String()),
  use: Type.Optional(Type.String()),
  key_ops: Type.Optional(Type.Array(Type.String())),
});
type Jwk = Type.Static<typeof Jwk>;
const one = Type.Compile(Jwk);
const set = Type.Compile(Type.Object({ keys: Type.Array(Type.Unknown(), { maxItems: SET_KEYS }) }));

/** Where a set comes from. A fetched set never gives a secret: everybody who can fetch it could sign as well. */
export type JwksOrigin = 'file' | 'url';

/**
 * The keys of a JWK set, or of a single JWK. Keys of other uses, families and algorithms are ignored: an issuer may
 * have them for others.
 * @throws KeyFault when it is no set, when it holds a private key, or nothing that can verify
 */
export function keysOfJwks(content: unknown, origin: JwksOrigin): Key[] {
  const jwks = one.Check(content) ? [content] : set.Check(content) ? content.keys : undefined;
  if (jwks === undefined)
    throw new KeyFault(
      'it is JSON, but no JWK set',
      `Write {"keys": […]} with ${SET_KEYS} keys at most; see RFC 7517.`,
    );
  const keys = jwks.flatMap((jwk) => (one.Check(jwk) && isForUs(jwk, origin) ? (keyOf(jwk) ?? []) : []));
  if (keys.length === 0)
    throw new KeyFault(
      'no key of the set can verify a token',
      `Take ${origin === 'file' ? 'HS256, ' : ''}RS256, ES256 or EdDSA, for signatures.`,
    );
  return keys;
}

function isForUs(jwk: Jwk, origin: JwksOrigin): boolean {
  if (jwk.kty === 'oct') return origin === 'file' && isForVerifying(jwk);
  if ('d' in jwk)
    throw new KeyFault(
      'it holds a private key; to verify tokens, the public one is needed',
      'Leave out the fields d, p, q, dp, dq and qi.',
    );
  return isForVerifying(jwk);
}

function isForVerifying({ use, key_ops: uses }: Jwk): boolean {
  return (use === undefined || use === 'sig') && (uses === undefined || uses.includes('verify'));
}

function keyOf(jwk: Jwk): Key | undefined {
  let key: Key;
  try {
    key =
      jwk.kty === 'oct'
        ? secretKey(secretIn(jwk), jwk.kid)
        : pinned(createPublicKey({ key: { ...jwk }, format: 'jwk' }), jwk.kid);
  } catch (error) {
    // A secret that is too short is a mistake of the operator, whatever else is in the set.
    if (jwk.kty === 'oct') throw error;
    return undefined;
  }
  return jwk.alg === undefined || jwk.alg === key.algorithm ? key : undefined;
}

function secretIn(jwk: Jwk & { readonly k?: unknown }): Buffer {
  return Buffer.from(typeof jwk.k === 'string' ? jwk.k : '', 'base64url');
}
