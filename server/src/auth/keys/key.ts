import { createSecretKey, type KeyObject } from 'node:crypto';

/** What a token may be signed by. Which of them is a matter of the key, never of the token. */
export const ALGORITHMS = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Fewest bytes of a secret: as many as the hash has, or guessing the secret is easier than forging the hash. */
export const SECRET_BYTES = 32;

/** Fewest bits of an RSA key. */
const RSA_BITS = 2_048;

/** A key and the one algorithm that it is for. */
export interface Key {
  readonly algorithm: Algorithm;
  /** The name that tokens know it by; a secret and a PEM key have none. */
  readonly kid: string | undefined;
  readonly key: KeyObject;
}

/** A key that cannot be used. The message says why, and never holds anything of the key. */
export class KeyFault extends Error {
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

/**
 * Pins a key to its algorithm.
 * @throws KeyFault when it is of another family, or too short
 */
export function pinned(key: KeyObject, kid?: string): Key {
  return { algorithm: algorithmOf(key), kid, key };
}

/**
 * A secret as a key for HS256.
 * @throws KeyFault when it has fewer than 32 bytes
 */
export function secretKey(secret: Uint8Array, kid?: string): Key {
  if (secret.length < SECRET_BYTES)
    throw new KeyFault(
      `a secret has ${SECRET_BYTES} bytes or more, this one has ${secret.length}`,
      'Make one with "zerospan token key FILE".',
    );
  return pinned(createSecretKey(secret), kid);
}

function algorithmOf(key: KeyObject): Algorithm {
  const { type, asymmetricKeyType: family, asymmetricKeyDetails: details } = key;
  if (type === 'secret') return 'HS256';
  if (family === 'ed25519') return 'EdDSA';
  if (family === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  if (family === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    if (bits >= RSA_BITS) return 'RS256';
    throw new KeyFault(`an RSA key has ${RSA_BITS} bits or more, this one has ${bits}`, 'Make a longer one.');
  }
  throw new KeyFault(
    `it is a key for none of ${ALGORITHMS.join(', ')}`,
    'Take RSA, EC on the curve P-256, Ed25519, or a secret.',
  );
}
