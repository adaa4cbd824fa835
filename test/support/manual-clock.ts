import type { Clock } from '@zerospan/shared';

interface Timer {
  at: number;
  readonly action: () => void;
}

/** A clock that stands still until a test turns it. Timers fire in the order of their times, each at its own time. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now = 1_795_458_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  later(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#now + Math.max(delayMs, 0), action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Sets what `now` says, as an operator or a time server does; timers do not notice. */
  set(now: number): void {
    const jump = now - this.#now;
    this.#now = now;
    for (const timer of this.#timers) timer.at += jump;
  }

  /** Lets time pass, and every timer fire that falls into it. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      let next: Timer | undefined;
      for (const timer of this.#timers) if (timer.at <= until && (!next || timer.at < next.at)) next = timer;
      if (!next) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.action();
    }
    this.#now = until;
  }
}
