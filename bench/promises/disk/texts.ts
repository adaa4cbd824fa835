/**
 * What a log would be if nothing stood beside its texts: the measure of the room that it takes.
 *
 * A client is given an entry as `offset SP time SP channel SP payload` (PROTOCOL F3), and that is what is counted of
 * it, in bytes: all digits of its offset, the 13 of a time of these centuries, channel, payload, and three spaces. The
 * head of a WebSocket frame is none of it.
 */
const TIME_DIGITS = 13;
const SPACES = 3;

/** Digits of all offsets from 1 to `last` together. */
export function offsetDigits(last: number): number {
  let sum = 0;
  // Each number has one digit, those from 10 on one more, and so on.
  for (let from = 1; from <= last; from *= 10) sum += last - from + 1;
  return sum;
}

/**
 * Bytes of the texts of entries 1 to `last`.
 * @param channelBytes and the payload's: of each, in the mean
 */
export function textBytes(last: number, channelBytes: number, payloadBytes: number): number {
  return offsetDigits(last) + last * (TIME_DIGITS + SPACES + channelBytes + payloadBytes);
}

/** In the mean over all of these names. */
export function meanBytes(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + Buffer.byteLength(name), 0) / names.length;
}
