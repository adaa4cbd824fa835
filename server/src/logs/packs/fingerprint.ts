/** Of a SHA-1. */
export const FINGERPRINT_BYTES = 20;

/** In base64, with the sign at its end. */
const LETTERS = 28;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** What stands for no letter of the alphabet. */
const NONE = 0x80;

/** The six bits of each letter. */
const BITS = new Uint8Array(128).fill(NONE);
for (let i = 0; i < ALPHABET.length; i++) BITS[ALPHABET.charCodeAt(i)] = i;

/**
 * Writes the SHA-1 that a text is the base64 of; answers where it ends. Each put has one: letter by letter it takes a
 * third of the time of a check and a call into the runtime.
 * @throws RangeError if it is none, or is read again as another text
 */
export function writeFingerprint(bytes: Buffer, fingerprint: string, start: number): number {
  let [at, held, bits] = [start, 0, 0];
  // Any bit that belongs to no letter stays here, and the last letter's bits that belong to no byte.
  let wrong = fingerprint.length ^ LETTERS;
  for (let i = 0; i < LETTERS - 1; i++) {
    const letter = BITS[fingerprint.charCodeAt(i)] ?? NONE;
    wrong |= letter & NONE;
    held = (held << 6) | letter;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >>> bits;
    held &= (1 << bits) - 1;
  }
  if (wrong !== 0 || held !== 0 || fingerprint[LETTERS - 1] !== '=')
    throw new RangeError(`the fingerprint ${JSON.stringify(fingerprint)} is not a SHA-1 in base64`);
  return at;
}
