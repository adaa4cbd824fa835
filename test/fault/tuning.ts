import { BACKOFF, LIMITS, TIMES } from '@zerospan/shared';

/** Times and limits of a run that are not those of the product: made short so that a fault is found within a test. */
export interface Tuning {
  /** `helloMs`, which is a setting of the server and given to it as one; `beatMs`, `silenceMs`. */
  readonly times?: Partial<Record<keyof typeof TIMES, number>>;
  readonly windowBytes?: number | undefined;
  /** The longest window between two attempts to connect, in ms. */
  readonly backoffMostMs?: number;
}

/**
 * Sets them in this process, before anything else of the product runs. They are constants of the product, not settings.
 */
export function tune({ times, windowBytes, backoffMostMs }: Tuning): void {
  Object.assign(TIMES, times);
  if (windowBytes !== undefined) Object.assign(LIMITS, { windowBytes });
  if (backoffMostMs !== undefined) Object.assign(BACKOFF, { mostMs: backoffMostMs });
}

/** Half-open links are found in ten seconds instead of thirty, and nobody waits longer than two to come back. */
export const QUICK: Tuning = {
  times: { helloMs: 3_000, beatMs: 4_000, silenceMs: 7_000 },
  backoffMostMs: 2_000,
};
