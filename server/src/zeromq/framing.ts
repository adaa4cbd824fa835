import { isAscii, isUtf8 } from 'node:buffer';
import { channelFault, isReserved, jsonFault } from '@zerospan/shared';
import { BRIDGE_CHANNEL } from './bridge/loop-guard.ts';

/** Why a message from ZeroMQ was dropped at the edge. */
export const DROP_REASONS = [
  /** Not one, two or three parts. */
  'parts',
  /** One part without a space between channel and payload. */
  'no-space',
  /** The payload is above `bus.maxPayloadBytes`. */
  'too-large',
  /** Not UTF-8, which would close every browser's socket. */
  'bad-utf8',
  /** Empty, above 255 bytes, or with white space or control characters. */
  'bad-channel',
  /** A channel that begins with `$`. */
  'reserved',
  'empty-payload',
  /** Nested more deeply than `limits.depth`. */
  'too-deep',
  /** Not JSON text; Python's bare NaN is not. */
  'bad-json',
  /** The third part is not a decimal number up to 2^53 - 1. */
  'bad-sequence',
  /** The log knows as many distinct channels as it may. */
  'too-many-names',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** A message as a publisher meant it. `payload` is a view of the received message, byte for byte what was sent. */
export interface NativeMessage {
  readonly channel: string;
  readonly payload: Uint8Array;
  /** The publisher's own count, where it numbers its messages. */
  readonly sequence?: number;
}

/** What a payload may be. */
export interface PayloadBounds {
  readonly maxPayloadBytes: number;
  /** Limit of nested arrays and objects. */
  readonly depth: number;
}

export type Framing = 'single' | 'two-parts';

const SPACE = 0x20;

/** A channel has 255 bytes at most. */
const NEAR_BYTES = 256;

/**
 * Reads a received message: one part `channel SP JSON`, two parts `[channel, JSON]`, or three with the publisher's
 * decimal sequence. Of the server's own channels only that of the loop guard is let through. It never throws, whatever
 * the bytes.
 */
export function parseMessage(parts: readonly Buffer[], bounds: PayloadBounds): NativeMessage | DropReason {
  const [first, second, third] = parts;
  if (first === undefined || parts.length > 3) return 'parts';
  if (second === undefined) {
    const space = spaceIn(first);
    if (space < 0) return 'no-space';
    return checked(first, space, first, space + 1, bounds);
  }
  const message = checked(first, first.length, second, 0, bounds);
  if (third === undefined || typeof message === 'string') return message;
  const sequence = sequenceOf(third);
  return sequence === undefined ? 'bad-sequence' : { ...message, sequence };
}

/** The first space. It stands near the beginning: looking there takes less than calling into the runtime. */
function spaceIn(frame: Buffer): number {
  const most = Math.min(frame.length, NEAR_BYTES);
  for (let at = 0; at < most; at++) if (frame[at] === SPACE) return at;
  return frame.length > most ? frame.indexOf(SPACE, most) : -1;
}

/** The channel is what `named` begins with, up to `nameEnd`; the payload is what `text` has from `from` on. */
function checked(
  named: Buffer,
  nameEnd: number,
  text: Buffer,
  from: number,
  { maxPayloadBytes, depth }: PayloadBounds,
): NativeMessage | DropReason {
  if (text.length - from > maxPayloadBytes) return 'too-large';
  // One ASCII check of a frame finds most of them well-formed.
  const isPlain = isAscii(named) && (named === text || isAscii(text));
  if (!isPlain && !(isUtf8(named) && (named === text || isUtf8(text)))) return 'bad-utf8';
  const channel = named.toString(isPlain ? 'latin1' : 'utf8', 0, nameEnd);
  if (channelFault(channel) !== undefined) return 'bad-channel';
  if (isReserved(channel) && channel !== BRIDGE_CHANNEL) return 'reserved';
  if (text.length === from) return 'empty-payload';
  const fault = jsonFault(text, depth, from);
  if (fault) return fault === 'too-deep' ? fault : 'bad-json';
  return { channel, payload: from === 0 ? text : text.subarray(from) };
}

function sequenceOf(part: Buffer): number | undefined {
  if (part.length > 16) return undefined;
  const digits = part.toString('latin1');
  const sequence = Number(digits);
  return /^\d+$/.test(digits) && Number.isSafeInteger(sequence) ? sequence : undefined;
}

/** A message for native subscribers from the bytes `channel SP payload`, without a copy. */
export function nativeParts(message: Buffer, framing: Framing): Buffer | Buffer[] {
  if (framing === 'single') return message;
  const space = message.indexOf(SPACE);
  return [message.subarray(0, space), message.subarray(space + 1)];
}
