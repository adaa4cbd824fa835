import type { Clock } from '@zerospan/shared';

/**
 * One that is about to end within this, in ms, is given a timer of its own: more than what passes between two looks.
 */
const SOON_MS = 10_000;

/**
 * Ends a session when its token expires. Each pulse checks it, and it has a timer only when the end is near: ten
 * thousand sessions have no ten thousand timers, and an end comes in time however the pulses fall.
 */
export class Expiry {
  readonly #clock: Clock;
  readonly #ended: () => void;
  #callOff: (() => void) | undefined;

  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  /** @param expiresMs when it ends, in ms since 1970 */
  check(expiresMs: number): void {
    // The clock may have been set since: the timer is set again as well.
    this.stop();
    const leftMs = expiresMs - this.#clock.now();
    if (leftMs <= 0) this.#ended();
    else if (leftMs < SOON_MS) this.#callOff = this.#clock.later(leftMs, () => this.check(expiresMs));
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
