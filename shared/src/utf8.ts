/**
 * UTF-8 length of a string in bytes, without encoding it. A lone surrogate counts as the three bytes of U+FFFD,
 * which is what every encoder would put in its place.
 */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
      continue;
    }
    bytes += 2;
    // A surrogate pair is two units and four bytes: two of them are counted by `length`, two were just added.
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text, i + 1)) i++;
  }
  return bytes;
}

/** Whether a string has no lone surrogate, so that it survives UTF-8 unchanged. */
export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit >= 0xdc00 || !isLowSurrogate(text, i + 1)) return false;
    i++;
  }
  return true;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
