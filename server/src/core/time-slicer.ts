/**
 * PORT: MUST run an action once this turn of the event loop has taken in what it has to take in, and SHOULD not before
 * `restMs` have passed, as precisely as its timers are.
 */
export type EndOfTurn = (action: () => void, restMs?: number) => void;

/** What is done with many gives others a turn of the event loop after this. */
const TURN_MS = 10;

/**
 * Does something with each of many, as many in a turn of the event loop as a few ms allow: thousands at once would hold
 * it for a tenth of a second. All that is asked for within a turn shares these ms, and is done in the order in which it
 * was asked for.
 */
export class TimeSlicer {
  readonly #endOfTurn: EndOfTurn;
  readonly #turnMs: number;
  readonly #steps = new Set<() => void>();
  /** Each does a piece, and answers whether that was the last. */
  readonly #works: (() => boolean)[] = [];
  /** When this turn has had enough; undefined while nothing was done in it. */
  #untilMs: number | undefined;

  /** @param turnMs how much of a turn all of it takes together */
  constructor(endOfTurn: EndOfTurn, turnMs = TURN_MS) {
    this.#endOfTurn = endOfTurn;
    this.#turnMs = turnMs;
  }

  /** Begins at once where there is time. Resolves when it is done with each; rejects with what `action` throws. */
  each<T>(all: Iterable<T>, action: (one: T) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      for (const one of all)
        this.#steps.add(() => {
          try {
            action(one);
          } catch (error) {
            reject(error as Error);
          }
        });
      this.#steps.add(resolve);
      this.#go();
    });
  }

  /**
   * Does work in pieces, each of which ends at a `yield` and takes a fraction of a ms. Works are done one after the
   * other: what waits has not begun, and takes no memory.
   * @returns what it returns; rejects with what it throws
   */
  run<T>(work: Iterator<unknown, T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#works.push(() => {
        try {
          const { done = false, value } = work.next();
          if (done) resolve(value as T);
          return done;
        } catch (error) {
          reject(error as Error);
          return true;
        }
      });
      this.#go();
    });
  }

  #go(): void {
    if (this.#untilMs === undefined) {
      this.#untilMs = performance.now() + this.#turnMs;
      this.#endOfTurn(() => {
        this.#untilMs = undefined;
        if (this.#steps.size > 0 || this.#works.length > 0) this.#go();
      });
    }
    for (const step of this.#steps) {
      if (performance.now() >= this.#untilMs) return;
      this.#steps.delete(step);
      step();
    }
    for (let work = this.#works[0]; work; work = this.#works[0]) {
      if (performance.now() >= this.#untilMs) return;
      if (work()) this.#works.shift();
    }
  }
}
