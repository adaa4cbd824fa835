/** So many channels of one put, begun or whole, count as one put in a pace: each is an entry of the log, and a broadcast must not be a thousand times what the pace lets through. */
export const CHANNELS_A_PUT = 10;

/** What an entry of the log counts in a pace beside its payload: its name, and what the log keeps about it. */
export const ENTRY_BYTES = 256;

/** What a put takes from a pace. */
export interface PutCost {
  readonly puts: number;
  /** Bytes of the log. */
  readonly bytes: number;
}

export function putCost(channels: number, payloadBytes: number): PutCost {
  return {
    puts: Math.max(Math.ceil(channels / CHANNELS_A_PUT), 1),
    bytes: channels * (payloadBytes + ENTRY_BYTES),
  };
}
