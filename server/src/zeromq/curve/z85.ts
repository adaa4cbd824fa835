/** The digits of Z85 (ZeroMQ RFC 32), in which keys of CURVE are written: 40 of them for 32 bytes. */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** What five digits stand for at most: four bytes. Five digits could say more. */
const GROUP_MOST = 0xffff_ffff;

/** Writes bytes, whose number is a multiple of 4. */
export function encodeZ85(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += 4) {
    const group = view.getUint32(at);
    for (let place = 85 ** 4; place >= 1; place /= 85) text += DIGITS[Math.floor(group / place) % 85];
  }
  return text;
}

/** The 32 bytes of a key; undefined when the text is no key. */
export function decodeKey(text: string): Buffer | undefined {
  if (text.length !== 40) return undefined;
  const key = Buffer.alloc(32);
  for (let at = 0; at < 8; at++) {
    let group = 0;
    for (const digit of text.slice(5 * at, 5 * at + 5)) {
      const value = DIGITS.indexOf(digit);
      if (value < 0) return undefined;
      group = 85 * group + value;
    }
    if (group > GROUP_MOST) return undefined;
    key.writeUInt32BE(group, 4 * at);
  }
  return key;
}
