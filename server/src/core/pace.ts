import type { Clock } from '@zerospan/shared';

/** So many a second, and so many at once after a rest. */
export interface Rate {
  readonly perS: number;
  readonly burst: number;
}

/** What is held while nothing is left, such as a link. */
export interface Valve {
  hold(): void;
  release(): void;
}

/**
 * How fast somebody may do something: a bucket that fills by so many a second, up to the burst. Nothing is refused: when it is empty the valve is
 * held until what was taken too much has come in again. One message may take it below nothing, and what is handed over while it is held;
 * so the hold is as long as that.
 */
export class Pace {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #valve: Valve;
  readonly #onHold: () => void;
  #left: number;
  #atMs: number;
  #release: (() => void) | undefined;

  /**
   * @param onHold told each time that the valve is held
   * @param lacks so many are not there of the burst, from before
   */
  constructor(rate: Rate, clock: Clock, valve: Valve, onHold: () => void, lacks = 0) {
    this.#rate = rate;
    this.#clock = clock;
    this.#valve = valve;
    this.#onHold = onHold;
    this.#left = rate.burst - lacks;
    this.#atMs = clock.elapsed();
    if (this.#left < 0) this.spend(0);
  }

  /** Whether the valve is held. */
  get holds(): boolean {
    return this.#release !== undefined;
  }

  /** Something has been done that counts as so many. */
  spend(count = 1): void {
    this.#fill();
    this.#left -= count;
    if (this.#left >= 0 || this.holds) return;
    this.#onHold();
    this.#valve.hold();
    this.#wait();
  }

  /** How many are not there now of the burst. */
  get lacks(): number {
    this.#fill();
    return this.#rate.burst - this.#left;
  }

  stop(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #wait(): void {
    const waitMs = Math.ceil((-this.#left / this.#rate.perS) * 1_000);
    this.#release = this.#clock.later(waitMs, () => {
      this.#fill();
      if (this.#left < 0) return this.#wait();
      this.#release = undefined;
      this.#valve.release();
    });
  }

  #fill(): void {
    const now = this.#clock.elapsed();
    const passedMs = now - this.#atMs;
    this.#left = Math.min(this.#left + (passedMs / 1_000) * this.#rate.perS, this.#rate.burst);
    this.#atMs = now;
  }
}
