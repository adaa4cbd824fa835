import { textAt } from './bytes.ts';

/** Longer names are decoded each time. */
const LENGTH_MOST = 64;

/** A power of two. Each has one name, so that it takes no more memory than this many. */
const SLOTS = 4_096;

/**
 * Names that were read before. Most of a log has few of them, again and again: comparing a name with its bytes takes
 * half of what decoding it takes, and all entries of a channel have the same text in memory.
 */
export class Names {
  readonly #slots: string[] = new Array<string>(SLOTS).fill('');

  /** The name between two places. What is no UTF-8 reads as U+FFFD. */
  at(bytes: Buffer, from: number, to: number): string {
    const length = to - from;
    if (length > LENGTH_MOST) return textAt(bytes, from, to);
    let hash = length;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const known = this.#slots[slot] as string;
    if (isAt(known, bytes, from, length)) return known;
    const name = textAt(bytes, from, to);
    // One whose letters are not bytes would never be found again.
    if (name.length === length) this.#slots[slot] = name;
    return name;
  }
}

/** Whether the letters of a name are these bytes: of one that has others than ASCII, they are not. */
function isAt(name: string, bytes: Buffer, from: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) if (name.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
