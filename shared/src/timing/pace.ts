import { utf8Bytes } from '../utf8.ts';

/**
 * This many channels of one put, or a part of them, count as one put in a pace: each is an entry of the log, and a
 * broadcast must not append a thousand times what the pace admits.
 */
export const CHANNELS_A_PUT = 10;

/**
 * What an entry of the log counts in a pace beside its payload and its channel's name: about what the log keeps with
 * it.
 */
export const ENTRY_BYTES = 160;

/** What a put takes from a pace. */
export interface PutCost {
  readonly puts: number;
  /** Bytes of the log. */
  readonly bytes: number;
}

export function putCost(channels: readonly string[], payloadBytes: number): PutCost {
  let bytes = channels.length * (payloadBytes + ENTRY_BYTES);
  for (const channel of channels) bytes += utf8Bytes(channel);
  return { puts: Math.max(Math.ceil(channels.length / CHANNELS_A_PUT), 1), bytes };
}
