import type { Clock } from '@zerospan/shared';

/** Lines of one kind in one {@link SPAN_MS}; the others are counted, and told with the next line. */
const LINES = 5;
const SPAN_MS = 10_000;

/** Says when the log may have another line of a kind that strangers can bring about. */
export class Sparing {
  readonly #clock: Clock;
  /** Lines in the present span, which began then. */
  #lines = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many were not told since the last line, where another one may be written now; it counts as written. undefined: not now. */
  due(): number | undefined {
    const nowMs = this.#clock.now();
    // A clock that was set back must not silence it until it has caught up.
    if (nowMs < this.#sinceMs || nowMs - this.#sinceMs >= SPAN_MS) {
      this.#sinceMs = nowMs;
      this.#lines = 0;
    }
    if (this.#lines >= LINES) {
      this.#untold++;
      return undefined;
    }
    this.#lines++;
    const untold = this.#untold;
    this.#untold = 0;
    return untold;
  }
}
