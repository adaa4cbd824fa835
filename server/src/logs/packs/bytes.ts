import { isWellFormed } from '@zerospan/shared';

/** 2^32: what the higher half of a number counts. */
const HALF = 0x1_0000_0000;

/** Up to this length, writing a text letter by letter takes less than a call into the runtime. */
const SHORT = 64;

/** Whether something can be written as `u53`: a whole number from 0 to 2^53 - 1. */
export function isU53(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Writes a `u53`: eight bytes, the lower half first. */
export function writeU53(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32LE(value >>> 0, at);
  bytes.writeUInt32LE(Math.floor(value / HALF), at + 4);
}

/** Reads a `u53`. What is no such number reads as one of 2^53 or more. */
export function readU53(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * HALF + bytes.readUInt32LE(at);
}

/** Writes a `u53`, or ones alone for `null`: nobody knows the number. */
export function writeCount(bytes: Buffer, count: number | null, at: number): void {
  if (count !== null) writeU53(bytes, count, at);
  else bytes.fill(0xff, at, at + 8);
}

/** Reads what `writeCount` wrote; what is neither is unknown as well. */
export function readCount(bytes: Buffer, at: number): number | null {
  const count = readU53(bytes, at);
  return isU53(count) ? count : null;
}

/**
 * Writes a text in UTF-8 where there is room for three bytes a letter; answers where it ends.
 * @throws RangeError if it has a lone surrogate, which UTF-8 turns into another letter
 */
export function writeText(bytes: Buffer, text: string, at: number): number {
  const { length } = text;
  if (length <= SHORT) {
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      bytes[at + i] = unit;
    }
    if (i === length) return at + length;
  }
  const end = at + bytes.write(text, at, 'utf8');
  if (end - at !== length && !isWellFormed(text))
    throw new RangeError(`${JSON.stringify(text)} has a lone surrogate, and cannot be written as UTF-8`);
  return end;
}

/** The text between two places. What is no UTF-8 reads as U+FFFD. */
export function textAt(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('utf8', from, to);
}
