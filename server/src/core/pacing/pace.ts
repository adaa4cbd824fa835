import type { Bucket, Clock } from '@zerospan/shared';

/**
 * PORT: where somebody's messages come from, such as a link or the body of a request. Between `hold` and `release` it
 * MUST hand over nothing; what was read already it MUST hand over when it is released, in order, until it is held
 * again.
 */
export interface Valve {
  hold(): void;
  release(): void;
}

/**
 * How fast somebody may do something. Nothing is rejected: when the bucket is below nothing, the valve is held until
 * what was taken too much has come in again. One message may take the bucket below nothing, and so may what is handed
 * over while the valve is held; so the hold is as long as that.
 */
export class Pace {
  readonly #bucket: Bucket;
  readonly #clock: Clock;
  readonly #valve: Valve;
  readonly #onHold: () => void;
  #release: (() => void) | undefined;

  /**
   * @param bucket may be below nothing already: then the valve is held at once
   * @param onHold called each time that the valve is held
   */
  constructor(bucket: Bucket, clock: Clock, valve: Valve, onHold: () => void = () => {}) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#valve = valve;
    this.#onHold = onHold;
    this.spend(0);
  }

  /** Whether the valve is held. */
  get holds(): boolean {
    return this.#release !== undefined;
  }

  /** Something has been done that counts as `count`. */
  spend(count = 1): void {
    this.#bucket.take(count);
    if (this.holds || this.#bucket.has(0)) return;
    this.#onHold();
    this.#valve.hold();
    this.#wait();
  }

  /** Ends it, without a release. @returns the bucket, with what is left in it */
  end(): Bucket {
    this.#release?.();
    this.#release = undefined;
    return this.#bucket;
  }

  #wait(): void {
    this.#release = this.#clock.later(this.#bucket.waitMs(0), () => {
      if (!this.#bucket.has(0)) return this.#wait();
      this.#release = undefined;
      this.#valve.release();
    });
  }
}
