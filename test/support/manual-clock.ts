import type { Clock } from '@zerospan/shared';

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** A clock that stands still until a test turns it. Timers fire in the order of their times, each at its own time. */
export class ManualClock implements Clock {
  /** What timers go by. */
  #ran = 0;
  /** By how much `now` is ahead of that. */
  #wall: number;
  /** The same of `elapsed`: another number, so that one taken for the other is noticed. */
  #stopwatch = 40_000;
  readonly #timers = new Set<Timer>();

  constructor(now = 1_795_458_000_000) {
    this.#wall = now;
  }

  now(): number {
    return this.#wall + this.#ran;
  }

  elapsed(): number {
    return this.#stopwatch + this.#ran;
  }

  later(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#ran + Math.max(delayMs, 0), action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Sets what `now` says, as an operator or a time server does, or a sleep of the machine where the stopwatch sleeps as
   * well; timers do not notice.
   */
  set(now: number): void {
    this.#wall = now - this.#ran;
  }

  /** Time passes, but no timer fires: a page is frozen, or a thread held up. */
  freeze(ms: number): void {
    this.#wall += ms;
    this.#stopwatch += ms;
  }

  /** Lets time pass, and every timer fire that falls into it. */
  advance(ms: number): void {
    const until = this.#ran + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers) if (timer.at <= until && (!next || timer.at < next.at)) next = timer;
      if (!next) break;
      this.#timers.delete(next);
      this.#ran = next.at;
      next.action();
    }
    this.#ran = until;
  }
}
