/** How long to wait before another attempt to connect. */
export interface Backoff {
  /** The window of the first attempt, in ms: what the server advertised as its spread, at least 100. */
  readonly firstMs: number;
  /** The window never grows above this, in ms. */
  readonly mostMs: number;
}

/** Waits before the server has said anything: an attempt within half a second, later ones within half a minute. */
export const BACKOFF: Backoff = { firstMs: 500, mostMs: 30_000 };

/**
 * Full jitter: a wait drawn evenly from a window that doubles with each failed attempt. A thousand clients that lost
 * one server come back spread over the window rather than at its end.
 * @param attempt 0 for the first attempt after a connection was lost
 * @param random 0 ≤ random() < 1
 */
export function fullJitterMs(attempt: number, backoff: Backoff, random: () => number): number {
  const first = Math.max(backoff.firstMs, 100);
  const windowMs = Math.min(first * 2 ** Math.min(attempt, 30), Math.max(backoff.mostMs, first));
  return Math.floor(random() * windowMs);
}
