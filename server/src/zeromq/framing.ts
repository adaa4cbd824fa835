import { isAscii, isUtf8 } from 'node:buffer';
import { channelFault, isReserved, isTooDeep } from '@zerospan/shared';
import { BRIDGE_CHANNEL } from './loop-guard.ts';

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
  /** More arrays and objects one in another than `limits.depth`. */
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
  /** Arrays and objects one in another. */
  readonly depth: number;
}

export type Framing = 'single' | 'two-parts';

const SPACE = 0x20;

/** Of a longer text the channel is a string of its own, in bytes. */
const SLICED_MOST = 1_024;

/**
 * Reads a received message: one part `channel SP JSON`, two parts `[channel, JSON]`, or three with the publisher's decimal
 * sequence. Of the server's own channels only that of the loop guard is let through. It never throws, whatever the bytes.
 */
export function parseMessage(parts: readonly Buffer[], bounds: PayloadBounds): NativeMessage | DropReason {
  const [first, second, third] = parts;
  if (first === undefined || parts.length > 3) return 'parts';
  if (second === undefined) {
    if (isAscii(first)) return plain(first, bounds);
    const space = first.indexOf(SPACE);
    if (space < 0) return 'no-space';
    return checked(first.subarray(0, space), first.subarray(space + 1), bounds);
  }
  const message = checked(first, second, bounds);
  if (third === undefined || typeof message === 'string') return message;
  const sequence = sequenceOf(third);
  return sequence === undefined ? 'bad-sequence' : { ...message, sequence };
}

/** The common case: one look finds it well-formed, and one string, which costs no decoding, serves channel and payload. */
function plain(frame: Buffer, { maxPayloadBytes, depth }: PayloadBounds): NativeMessage | DropReason {
  const text = frame.toString('latin1');
  const space = text.indexOf(' ');
  if (space < 0) return 'no-space';
  if (text.length - space - 1 > maxPayloadBytes) return 'too-large';
  // A slice would keep a long message alive for as long as somebody remembers the channel.
  const channel = text.length > SLICED_MOST ? frame.toString('latin1', 0, space) : text.slice(0, space);
  const payload = frame.subarray(space + 1);
  return faultOf(channel, text.slice(space + 1), payload, depth) ?? { channel, payload };
}

function checked(
  name: Buffer,
  payload: Buffer,
  { maxPayloadBytes, depth }: PayloadBounds,
): NativeMessage | DropReason {
  if (payload.length > maxPayloadBytes) return 'too-large';
  if (!isUtf8(name) || !isUtf8(payload)) return 'bad-utf8';
  const channel = name.toString();
  return faultOf(channel, payload.toString(), payload, depth) ?? { channel, payload };
}

function faultOf(channel: string, text: string, payload: Buffer, depth: number): DropReason | undefined {
  if (channelFault(channel) !== undefined) return 'bad-channel';
  if (isReserved(channel) && channel !== BRIDGE_CHANNEL) return 'reserved';
  if (text === '') return 'empty-payload';
  if (isTooDeep(payload, depth)) return 'too-deep';
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return 'bad-json';
  }
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
