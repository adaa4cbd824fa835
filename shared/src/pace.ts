/** So many channels of one put, begun or whole, count as one put in a pace: each is an entry of the log, and a broadcast must not be a thousand times what the pace lets through. */
export const CHANNELS_A_PUT = 10;

/** What a put on so many channels takes from a pace. */
export function putCost(channels: number): number {
  return Math.max(Math.ceil(channels / CHANNELS_A_PUT), 1);
}
