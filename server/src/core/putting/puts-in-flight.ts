import type { Valve } from '../pacing/pace.ts';

/**
 * Puts of one session that the log has not answered. A session that has as many as it may is not read until the log has
 * answered one: what a slow log keeps in memory is bounded, and nothing is refused. A log that answers at once is never
 * counted.
 */
export class PutsInFlight {
  readonly #most: number;
  readonly #valve: Valve;
  readonly #onHold: () => void;
  #count = 0;
  #holds = false;

  /** @param onHold called each time that the valve is held */
  constructor(most: number, valve: Valve, onHold: () => void) {
    this.#most = most;
    this.#valve = valve;
    this.#onHold = onHold;
  }

  get count(): number {
    return this.#count;
  }

  began(): void {
    this.#count++;
    if (this.#count < this.#most || this.#holds) return;
    this.#holds = true;
    this.#onHold();
    this.#valve.hold();
  }

  ended(): void {
    this.#count--;
    if (this.#count >= this.#most || !this.#holds) return;
    this.#holds = false;
    // What waits at the valve may fill it again.
    this.#valve.release();
  }
}
