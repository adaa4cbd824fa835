/** How long to wait before another attempt to connect. */
export interface Backoff {
  /** The window of the first attempt, in ms; it doubles with each one that fails. */
  readonly firstMs: number;
  /** It never grows above this, in ms. */
  readonly mostMs: number;
  /** Nor is it ever below this, in ms: what the server advertised as its spread, at least 100. */
  readonly spreadMs: number;
}

/** Waits before the server has said anything: an attempt within half a second, later ones within half a minute. */
export const BACKOFF: Backoff = { firstMs: 500, mostMs: 30_000, spreadMs: 500 };

/**
 * Full jitter: a wait drawn evenly from a window. A thousand clients that lost one server come back spread over its
 * spread, and those that find it not there yet try again as spread; one that was cut off alone waits no longer for it
 * than the spread makes it.
 * @param attempt 0 for the first attempt after a connection was lost
 * @param random 0 ≤ random() < 1
 */
export function fullJitterMs(attempt: number, backoff: Backoff, random: () => number): number {
  return Math.floor(random() * windowMs(attempt, backoff));
}

/** The window that such a wait is drawn from, in ms. */
export function windowMs(attempt: number, { firstMs, mostMs, spreadMs }: Backoff): number {
  const doubledMs = Math.min(firstMs * 2 ** Math.min(attempt, 30), mostMs);
  return Math.max(doubledMs, spreadMs, 100);
}
