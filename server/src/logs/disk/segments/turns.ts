import type { EndOfTurn } from '../../../core/time-slicer.ts';

/** How much of a turn all that is done for readers and for retention may take together. */
const TURN_MS = 4;

/**
 * Shares turns of the event loop: scans that find all they need in memory would go on in one turn, each after the
 * other, and hold up live traffic.
 */
export class Turns {
  readonly #endOfTurn: EndOfTurn;
  readonly #turnMs: number;
  /** When this turn has had enough; undefined: nothing was done in it. */
  #untilMs: number | undefined;
  #next: Promise<void> | undefined;

  constructor(endOfTurn: EndOfTurn, turnMs = TURN_MS) {
    this.#endOfTurn = endOfTurn;
    this.#turnMs = turnMs;
  }

  /**
   * Ask often, each fraction of a ms.
   * @returns undefined: there is time left. Else wait for it, and ask again: others who waited may have taken all
   */
  rest(): Promise<void> | undefined {
    if (this.#untilMs === undefined) {
      this.#untilMs = performance.now() + this.#turnMs;
      this.#next = new Promise((resolve) => {
        this.#endOfTurn(() => {
          this.#untilMs = undefined;
          resolve();
        });
      });
    }
    return performance.now() < this.#untilMs ? undefined : this.#next;
  }

  /** Waits for a turn with time left, where this one has none. */
  async wait(): Promise<void> {
    for (let rest = this.rest(); rest; rest = this.rest()) await rest;
  }

  /** Does work in pieces, each of which ends at a `yield` and takes a fraction of a ms; answers what it returns. */
  async run<T>(work: Iterator<unknown, T>): Promise<T> {
    for (;;) {
      await this.wait();
      const { done = false, value } = work.next();
      if (done) return value as T;
    }
  }
}
