/**
 * Time as the code here sees it, so that a test can turn it by hand. `now` is milliseconds since 1970; it may jump with
 * the system's clock, so it says when, never how long. `elapsed` is milliseconds since some moment, by a clock that
 * nobody sets: what has to last is measured with it. While the machine sleeps, it stands still on some platforms.
 * `later` runs `action` once, not before `delayMs` have passed, and answers a function that calls it off.
 */
export interface Clock {
  now(): number;
  elapsed(): number;
  later(delayMs: number, action: () => void): () => void;
}

/** What both browsers and Node have; declared here because this package takes neither's types. */
declare const setTimeout: (action: () => void, delayMs: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;
/** Where it is missing, time goes by the clock that may be set. */
declare const performance: { now(): number } | undefined;

/** Longest delay a timer takes: above it, browsers and Node fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => (typeof performance === 'object' ? performance : Date).now(),
  later(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(delayMs, 0), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
