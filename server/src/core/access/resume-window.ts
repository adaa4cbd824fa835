import type { Clock } from '@zerospan/shared';

/** The window moves on in this many steps: it is longer than asked for by one of them at most. */
const STEPS = 64;

/**
 * How far back a client may come back without a grant for history. Where the log's head was is noted now and then: the
 * log itself could be asked only with a wait, and requests are answered in the order in which they come. Time is
 * counted, not read from a clock, which may be set.
 */
export class ResumeWindow {
  readonly #head: () => number;
  readonly #heads: number[];
  #stop: () => void = () => {};

  /** @param head the offset of the newest entry. What is there already, is older than the window. */
  constructor(head: () => number) {
    this.#head = head;
    this.#heads = [head()];
  }

  /** Everything published within the window lies above this offset. */
  get start(): number {
    return this.#heads[0] ?? this.#head();
  }

  /** @param windowMs how long it is; 0: nothing is within it */
  run(clock: Clock, windowMs: number): void {
    if (windowMs === 0) {
      this.#heads.length = 0;
      return;
    }
    const tick = (): void => {
      this.#heads.push(this.#head());
      if (this.#heads.length > STEPS + 1) this.#heads.shift();
      this.#stop = clock.later(windowMs / STEPS, tick);
    };
    this.#stop = clock.later(windowMs / STEPS, tick);
  }

  /** The log is another one: nothing of it is older than the window. @param begins where its clients begin */
  restart(begins: number): void {
    if (this.#heads.length > 0) this.#heads.splice(0, this.#heads.length, begins);
  }

  stop(): void {
    this.#stop();
  }
}
