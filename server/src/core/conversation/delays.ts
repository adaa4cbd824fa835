import type { Valve } from '../pace.ts';

/**
 * What a connection asked for and may not have yet: its link is held, so that what comes behind keeps its order (S10).
 */
export class Delays {
  readonly #valve: Valve;
  /** What calls each of them off: made when needed. */
  #waiting: Set<() => void> | undefined;

  constructor(valve: Valve) {
    this.#valve = valve;
  }

  get areAny(): boolean {
    return this.#waiting !== undefined;
  }

  /**
   * Does something at once, or holds the link until it may be done.
   * @param callOff calls it off where it waits; undefined: it need not
   * @returns to be called when it may be done
   */
  later(callOff: (() => void) | undefined, action: () => void): () => void {
    if (!callOff) {
      action();
      return () => {};
    }
    this.#waiting ??= new Set();
    const waiting = this.#waiting.add(callOff);
    this.#valve.hold();
    return () => {
      waiting.delete(callOff);
      if (waiting.size === 0) this.#waiting = undefined;
      action();
      this.#valve.release();
    };
  }

  /** Calls all of them off. */
  end(): void {
    for (const callOff of this.#waiting ?? []) callOff();
  }
}
