import { type ChannelGap, encodeControl } from '@zerospan/shared';

const SPACE = 0x20;
const ZERO = 0x30;

/**
 * Bytes that every text has in front of it in its memory. A transport may write what it puts before a text there, as a
 * header, and so sends the text as it lies.
 */
export const HEADROOM_BYTES = 10;

/** Memory that texts are written to. */
export interface Room {
  /** Where room was made last. */
  readonly memory: Buffer;
  /** Makes room for `bytes`; answers where in `memory` they begin. */
  reserve(bytes: number): number;
}

/** A text in its place: `textBytes` of `memory` from `at` on, behind its headroom. */
export interface Placed {
  readonly memory: Buffer;
  readonly at: number;
  readonly textBytes: number;
  /** Where in the text that for ZeroMQ begins. */
  readonly nativeAt: number;
}

/**
 * Writes a publication for everybody: `offset SP time SP channel SP payload`, whose end, from `nativeAt`, is at the
 * same time the ZeroMQ message `channel SP payload`.
 */
export function placePublication(
  room: Room,
  offset: number,
  time: number,
  channel: string,
  payload: Uint8Array,
): Placed {
  const offsetDecimals = decimalsOf(offset);
  const timeDecimals = decimalsOf(time);
  const nativeAt = offsetDecimals + 1 + timeDecimals + 1;
  const channelBytes = asciiBytes(channel) ?? Buffer.byteLength(channel);
  const textBytes = nativeAt + channelBytes + 1 + payload.byteLength;
  const start = room.reserve(HEADROOM_BYTES + textBytes) + HEADROOM_BYTES;
  const { memory } = room;
  let at = writeDecimal(memory, start, offset, offsetDecimals);
  memory[at++] = SPACE;
  at = writeDecimal(memory, at, time, timeDecimals);
  memory[at++] = SPACE;
  if (channelBytes === channel.length)
    for (let i = 0; i < channelBytes; i++) memory[at + i] = channel.charCodeAt(i);
  else memory.write(channel, at, 'utf8');
  at += channelBytes;
  memory[at++] = SPACE;
  memory.set(payload, at);
  return { memory, at: start, textBytes, nativeAt };
}

/** Writes an upstream gap for everybody: it names the channel, so that one text serves all that match it. */
export function placeGap(room: Room, gap: Omit<ChannelGap, 'reason' | 'to'>): Placed {
  const { channel, epoch, from, missed } = gap;
  const text = encodeControl({ gap: { channel, reason: 'upstream', epoch, from, to: from, missed } });
  const textBytes = Buffer.byteLength(text);
  const at = room.reserve(HEADROOM_BYTES + textBytes) + HEADROOM_BYTES;
  const { memory } = room;
  memory.write(text, at, 'utf8');
  return { memory, at, textBytes, nativeAt: textBytes };
}

/** Bytes of a name that is ASCII, as most are; undefined for another. */
function asciiBytes(name: string): number | undefined {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) > 0x7e) return undefined;
  return name.length;
}

function decimalsOf(value: number): number {
  let decimals = 1;
  for (let least = 10; value >= least; least *= 10) decimals++;
  return decimals;
}

/** Decimals of a number that are split with whole numbers of 32 bits, whose division costs a tenth of the other. */
const HALF = 10_000_000;

/**
 * Writes a whole number in decimals; answers where it ends. Names and numbers are short: writing them byte by byte
 * takes less than calling into the runtime to do it, which was a fifth of what an append cost.
 */
function writeDecimal(memory: Buffer, at: number, value: number, decimals: number): number {
  const end = at + decimals;
  if (value < HALF) {
    writeDigits(memory, at, end, value);
    return end;
  }
  // Times and offsets near 2^53 have three parts, the first of two digits.
  const above = Math.floor(value / HALF);
  writeDigits(memory, end - 7, end, value - above * HALF);
  if (above < HALF) writeDigits(memory, at, end - 7, above);
  else {
    const top = Math.floor(above / HALF);
    writeDigits(memory, end - 14, end - 7, above - top * HALF);
    writeDigits(memory, at, end - 14, top);
  }
  return end;
}

/** Writes a number below `HALF` from `at` to `end`, with zeros in front. */
function writeDigits(memory: Buffer, at: number, end: number, value: number): void {
  let rest = value | 0;
  for (let i = end - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    memory[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}
