import type { Clock, PutPace } from '@zerospan/shared';

/** Put by put the timer would be set anew a hundred times a second. */
const LEAST_WAIT_MS = 10;

/** The pace that a server has told: a bucket that fills by so many puts a second, up to the burst. Who keeps it is never read later. */
export class Pace {
  readonly #pace: PutPace;
  readonly #clock: Clock;
  #left: number;
  #atMs: number;
  #callOff: (() => void) | undefined;

  constructor(pace: PutPace, clock: Clock) {
    this.#pace = pace;
    this.#clock = clock;
    this.#left = pace.left ?? pace.burst;
    this.#atMs = clock.elapsed();
  }

  /** Whether something that counts as so many puts may be sent now: see `putCost`. */
  isOpenFor(puts: number): boolean {
    const now = this.#clock.elapsed();
    const passedMs = now - this.#atMs;
    this.#left = Math.min(this.#left + (passedMs / 1_000) * this.#pace.putsPerS, this.#pace.burst);
    this.#atMs = now;
    return this.#left >= this.#needed(puts);
  }

  spend(puts: number): void {
    this.#left -= puts;
  }

  /** Calls once, when so much may be sent; at most one call is on its way. */
  whenOpenFor(puts: number, action: () => void): void {
    if (this.#callOff) return;
    const waitMs = Math.ceil(((this.#needed(puts) - this.#left) / this.#pace.putsPerS) * 1_000);
    this.#callOff = this.#clock.later(Math.max(waitMs, LEAST_WAIT_MS), () => {
      this.#callOff = undefined;
      action();
    });
  }

  stop(): void {
    this.#callOff?.();
  }

  /** What is larger than the burst goes when all of that is there; a server whose burst is 0 reads one at a time. */
  #needed(puts: number): number {
    return Math.min(puts, this.#pace.burst);
  }
}
