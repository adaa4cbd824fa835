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
    this.#left = pace.burst;
    this.#atMs = clock.now();
  }

  /** Whether a put may be sent now. */
  get isOpen(): boolean {
    const now = this.#clock.now();
    const passedMs = Math.max(now - this.#atMs, 0);
    this.#left = Math.min(this.#left + (passedMs / 1_000) * this.#pace.putsPerS, this.#pace.burst);
    this.#atMs = now;
    // A server whose burst is 0 reads one at a time.
    return this.#left >= Math.min(1, this.#pace.burst);
  }

  /** One has been sent. */
  spend(): void {
    this.#left -= 1;
  }

  /** Calls once, when the next one may be sent; at most one call is on its way. */
  whenOpen(action: () => void): void {
    if (this.#callOff) return;
    const waitMs = Math.ceil(((1 - this.#left) / this.#pace.putsPerS) * 1_000);
    this.#callOff = this.#clock.later(Math.max(waitMs, LEAST_WAIT_MS), () => {
      this.#callOff = undefined;
      action();
    });
  }

  stop(): void {
    this.#callOff?.();
  }
}
