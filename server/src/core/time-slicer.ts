/**
 * PORT: MUST run an action once this turn of the event loop has taken in what it has to take in, and SHOULD not before
 * `restMs` have passed, as precisely as its timers are.
 */
export type EndOfTurn = (action: () => void, restMs?: number) => void;

/** That of Node, whose timers know whole ms only: a shorter rest is none. */
export const nodeEndOfTurn: EndOfTurn = (action, restMs = 0) => {
  if (restMs >= 1) setTimeout(action, restMs);
  else setImmediate(action);
};

/** What is done with many gives others a turn of the event loop after this. */
const TURN_MS = 10;

/**
 * Does something with each of many, as many in a turn of the event loop as a few ms allow: thousands at once would hold
 * it for a tenth of a second. All that is asked for within a turn shares these ms, and is done in the order in which it
 * was asked for; half of them is left to those that `wait`, or a long work would keep them out of every turn.
 */
export class TimeSlicer {
  readonly #endOfTurn: EndOfTurn;
  readonly #turnMs: number;
  readonly #steps = new Set<() => void>();
  /** Each does a piece, and answers whether that was the last. */
  readonly #works: (() => boolean)[] = [];
  /** When this turn has had enough; undefined while nothing was done in it. */
  #untilMs: number | undefined;
  /** Resolves in the next turn; undefined: nobody waits for it. */
  #next: Promise<void> | undefined;
  #resolveNext: (() => void) | undefined;

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

  /**
   * Waits for a turn with time left, where this one has none: for what awaits other things between its pieces. Call it
   * before each piece of a fraction of a ms.
   */
  async wait(): Promise<void> {
    while (performance.now() >= this.#begun()) {
      this.#next ??= new Promise((resolve) => {
        this.#resolveNext = resolve;
      });
      await this.#next;
    }
  }

  /** As `run`, but in turn with all that wait instead of behind other works: for what a reader waits for. */
  async runBeside<T>(work: Iterator<unknown, T>): Promise<T> {
    for (;;) {
      await this.wait();
      const { done = false, value } = work.next();
      if (done) return value as T;
    }
  }

  /** @returns when this turn has had enough */
  #begun(): number {
    if (this.#untilMs === undefined) {
      this.#untilMs = performance.now() + this.#turnMs;
      this.#endOfTurn(() => this.#nextTurn());
    }
    return this.#untilMs;
  }

  #nextTurn(): void {
    this.#untilMs = undefined;
    const resolve = this.#resolveNext;
    this.#next = undefined;
    this.#resolveNext = undefined;
    if (this.#steps.size > 0 || this.#works.length > 0) this.#go(resolve ? this.#turnMs / 2 : 0);
    resolve?.();
  }

  /** @param leftMs what it leaves of the turn */
  #go(leftMs = 0): void {
    const untilMs = this.#begun() - leftMs;
    for (const step of this.#steps) {
      if (performance.now() >= untilMs) return;
      this.#steps.delete(step);
      step();
    }
    for (let work = this.#works[0]; work; work = this.#works[0]) {
      if (performance.now() >= untilMs) return;
      if (work()) this.#works.shift();
    }
  }
}
