import { Bucket, type Clock, type Rate } from '@zerospan/shared';

export type { Rate } from '@zerospan/shared';

/** What is held while nothing is left, such as a link. */
export interface Valve {
  hold(): void;
  release(): void;
}

/** One valve that several may hold at a time: it is released when the last of them does. */
export class SharedValve implements Valve {
  readonly #valve: Valve;
  #holds = 0;

  constructor(valve: Valve) {
    this.#valve = valve;
  }

  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1) this.#valve.hold();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#valve.release();
  }
}

/**
 * How fast somebody may do something: a bucket that fills by so many a second, up to the burst. Nothing is refused:
 * when it is empty the valve is held until what was taken too much has come in again. One message may take it below
 * nothing, and what is handed over while it is held; so the hold is as long as that.
 */
export class Pace {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #bucket: Bucket;
  readonly #valve: Valve;
  readonly #onHold: () => void;
  #release: (() => void) | undefined;

  /**
   * @param onHold told each time that the valve is held
   * @param lacks so many are not there of the burst, from before
   */
  constructor(rate: Rate, clock: Clock, valve: Valve, onHold: () => void, lacks = 0) {
    this.#rate = rate;
    this.#clock = clock;
    this.#bucket = new Bucket(rate, clock, rate.burst - lacks);
    this.#valve = valve;
    this.#onHold = onHold;
    if (lacks > rate.burst) this.spend(0);
  }

  /** Whether the valve is held. */
  get holds(): boolean {
    return this.#release !== undefined;
  }

  /** Something has been done that counts as so many. */
  spend(count = 1): void {
    this.#bucket.take(count);
    if (this.#bucket.has(0) || this.holds) return;
    this.#onHold();
    this.#valve.hold();
    this.#wait();
  }

  /** How many are not there now of the burst. */
  get lacks(): number {
    return this.#rate.burst - this.#bucket.left;
  }

  stop(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #wait(): void {
    this.#release = this.#clock.later(this.#bucket.waitMs(0), () => {
      if (!this.#bucket.has(0)) return this.#wait();
      this.#release = undefined;
      this.#valve.release();
    });
  }
}
