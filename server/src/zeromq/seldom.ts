import type { Clock } from '@zerospan/shared';

/** At most one line about one thing in this time, in ms, however often it happens. */
export const SELDOM_MS = 10_000;

/** Says when the log may have another line about something that may happen all the time. */
export class Seldom {
  readonly #clock: Clock;
  readonly #toldMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a line about this is due; if so, it counts as told. There must be few things. */
  due(about: string): boolean {
    const nowMs = this.#clock.elapsed();
    const toldMs = this.#toldMs.get(about);
    if (toldMs !== undefined && nowMs - toldMs < SELDOM_MS) return false;
    this.#toldMs.set(about, nowMs);
    return true;
  }
}
