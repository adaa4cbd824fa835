import type { Clock } from './clock.ts';

/** A rate a second, and a burst after a rest. */
export interface Rate {
  readonly perS: number;
  readonly burst: number;
}

/** A token bucket: it fills by `perS` a second, up to the burst; taking may leave it below 0. */
export class Bucket {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #left: number;
  #atMs: number;

  constructor(rate: Rate, clock: Clock, left = rate.burst) {
    this.#rate = rate;
    this.#clock = clock;
    this.#left = left;
    this.#atMs = clock.elapsed();
  }

  get left(): number {
    const now = this.#clock.elapsed();
    const passedMs = now - this.#atMs;
    this.#left = Math.min(this.#left + (passedMs / 1_000) * this.#rate.perS, this.#rate.burst);
    this.#atMs = now;
    return this.#left;
  }

  /** Whether `count` tokens are there. A count larger than the burst needs a full bucket. */
  has(count: number): boolean {
    return this.left >= Math.min(count, this.#rate.burst);
  }

  take(count: number): void {
    this.#left = this.left - count;
  }

  /** In how many ms `count` tokens will be there. */
  waitMs(count: number): number {
    const lacks = Math.min(count, this.#rate.burst) - this.left;
    return Math.max(Math.ceil((lacks / this.#rate.perS) * 1_000), 0);
  }
}
