import type { Clock } from '@zerospan/shared';

/**
 * How long ago something was. One clock may be set; the other, which nobody sets, stands still on some platforms while
 * the machine sleeps. So the larger of the two counts: at worst it is too long, where the clock was put forward.
 */
export class Since {
  readonly #clock: Clock;
  readonly #nowMs: number;
  readonly #elapsedMs: number;

  /** It is now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#nowMs = clock.now();
    this.#elapsedMs = clock.elapsed();
  }

  get ms(): number {
    return this.#clock.elapsed() - this.#elapsedMs + this.sleptMs;
  }

  /** How much of that one clock says alone: the machine slept, or the clock was put forward. */
  get sleptMs(): number {
    const elapsedMs = this.#clock.elapsed() - this.#elapsedMs;
    return Math.max(this.#clock.now() - this.#nowMs - elapsedMs, 0);
  }
}
