import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { ALGORITHMS, type Algorithm, type Key } from '../keys/key.ts';
import { type Claim, readClaims } from './claims.ts';
import { TokenRefusal } from './refusal.ts';

/**
 * Longest token that this gate takes, in characters; the protocol lets up to 65,536 come to it. A JWT is ASCII, so they
 * are bytes too.
 */
export const TOKEN_BYTES = 8 * 1024;

/** How far `exp` may lie ahead, in ms: 366 days. A revocation need not be remembered for longer. */
export const TOKEN_LIFE_MS = 366 * 24 * 3_600_000;

/** Three parts of base64url: a lenient decoder would ignore white space, and one token would have many spellings. */
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** The keys that tokens are verified by; {@link KeyRing} is that. */
export interface Keys {
  /** Those that may have signed a token of this algorithm and this key name. */
  candidates(algorithm: Algorithm, kid: string | undefined): Promise<readonly Key[]>;
  /** Whether the key of this name may be one that is not here, because the last fetch failed. */
  mayLack(kid: string | undefined): boolean;
  /**
   * Whether such a key may have been published between the last fetch and `sinceMs`, when the token came, by `elapsed`.
   */
  mayLackStill(algorithm: Algorithm, kid: string | undefined, sinceMs: number): boolean;
}

/** What tokens are judged by. */
export interface Judge {
  readonly keys: Keys;
  readonly issuer: string;
  readonly audience: string;
  /** By how much the issuer's clock may differ, in ms. */
  readonly skewMs: number;
  now(): number;
  /** What no clock that is set can move: see `Clock`. */
  elapsed(): number;
}

/**
 * Verifies a token. Of its header only `alg`, `kid` and `crit` count: a key that it brings or names by address (`jwk`,
 * `jku`, `x5c`, `x5u`) is never used, and a `crit` is never understood.
 * @throws TokenRefusal saying why; another error where it cannot be judged, because the issuer's keys could not be
 * fetched
 */
export async function verify(token: string | undefined, judge: Judge): Promise<Claim> {
  if (token === undefined || token === '') throw new TokenRefusal('no-token');
  if (token.length > TOKEN_BYTES) throw new TokenRefusal('too-long');
  if (!SHAPE.test(token) || !isCanonical(token)) throw new TokenRefusal('malformed');
  const { algorithm, kid } = header(token);
  const cameMs = judge.elapsed();
  const keys = await judge.keys.candidates(algorithm, kid);
  const verified = await payload(token, keys, judge);
  if (!verified) {
    // Refused, a client with a good token would be gone for good because its issuer was away for a moment.
    if (judge.keys.mayLack(kid))
      throw new Error('a token cannot be judged: the keys of its issuer could not be fetched');
    // The same, were it signed with a key that its issuer has made a moment ago.
    if (judge.keys.mayLackStill(algorithm, kid, cameMs)) throw new TokenRefusal('key-not-yet');
    throw new TokenRefusal(keys.length === 0 ? 'unknown-key' : 'signature');
  }
  const claim = readClaims(verified);
  const nowMs = judge.now();
  // jose counts in whole seconds.
  if (claim.expMs + judge.skewMs <= nowMs) throw new TokenRefusal('expired');
  if (claim.expMs - nowMs > TOKEN_LIFE_MS) throw new TokenRefusal('too-far');
  return claim;
}

/**
 * Whether each part is the one spelling of its bytes (RFC 4648, section 3.5). A decoder ignores the bits of a last
 * letter that no byte needs: one signature would have up to sixteen spellings, each another token where texts are
 * compared.
 */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

function header(token: string): { algorithm: Algorithm; kid: string | undefined } {
  let alg: unknown;
  let kid: unknown;
  try {
    ({ alg, kid } = decodeProtectedHeader(token));
  } catch {
    throw new TokenRefusal('malformed');
  }
  const algorithm = ALGORITHMS.find((each) => each === alg);
  if (algorithm === undefined) throw new TokenRefusal('algorithm');
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefusal('malformed');
  return { algorithm, kid };
}

/** What a token says that one of these keys has signed; undefined: none of them has. */
async function payload(token: string, keys: readonly Key[], judge: Judge): Promise<JWTPayload | undefined> {
  for (const { key, algorithm } of keys) {
    try {
      const verified = await jwtVerify(token, key, {
        algorithms: [algorithm],
        issuer: judge.issuer,
        audience: judge.audience,
        clockTolerance: judge.skewMs / 1_000,
        currentDate: new Date(judge.now()),
      });
      return verified.payload;
    } catch (error) {
      // Another key of the family may have signed it: during a rotation there are two.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw tokenRefusalOf(error);
    }
  }
  return undefined;
}

function tokenRefusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new TokenRefusal('expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason !== 'check_failed') return new TokenRefusal('claims');
    if (error.claim === 'iss') return new TokenRefusal('issuer');
    if (error.claim === 'aud') return new TokenRefusal('audience');
    return new TokenRefusal(error.claim === 'nbf' ? 'not-yet' : 'claims');
  }
  return error instanceof errors.JOSEError ? new TokenRefusal('malformed') : error;
}
