const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON text has more arrays and objects one in another than `most`. Of text that is no JSON the answer says nothing: it is looked at no further
 * than JSON could become too deep, so whoever asks has to parse it as well.
 */
export function isTooDeep(text: Uint8Array, most: number): boolean {
  // What is one too deep is opened and closed so often: most texts are shorter, and are not looked at.
  if (text.length < 2 * (most + 1)) return false;
  // Behind here there is no room to close all of it.
  const end = text.length - most - 1;
  let depth = 0;
  for (let i = 0; i < end; i++) {
    const byte = text[i] as number;
    if (byte === QUOTE) i = endOfString(text, i + 1);
    // With bit 5 set, both kinds of bracket are one: [ and { open, ] and } close.
    else if ((byte | 0x20) === 0x7b) {
      if (++depth > most) return true;
    } else if ((byte | 0x20) === 0x7d) depth--;
  }
  return false;
}

/** Where the quote stands that ends a string; behind everything if none does. */
function endOfString(text: Uint8Array, from: number): number {
  let i = from;
  while (i < text.length && text[i] !== QUOTE) i += text[i] === BACKSLASH ? 2 : 1;
  return i;
}
