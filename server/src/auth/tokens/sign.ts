import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Key } from '../keys/key.ts';
import type { GrantsClaim } from './claims.ts';

/** What a token says. */
export interface TokenContent {
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
  /** ms since 1970, of which the token holds whole seconds. */
  readonly nowMs: number;
  readonly lifeMs: number;
  readonly grants: GrantsClaim;
}

/** Makes a token, with an id of its own by which it can be revoked. */
export function sign(
  { key, algorithm, kid }: Key,
  { subject, issuer, audience, nowMs, lifeMs, grants }: TokenContent,
): Promise<string> {
  const iat = Math.floor(nowMs / 1_000);
  return new SignJWT({ zerospan: { ...grants } })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt(iat)
    .setExpirationTime(iat + Math.ceil(lifeMs / 1_000))
    .sign(key);
}
