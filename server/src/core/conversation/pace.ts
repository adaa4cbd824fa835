import type { Clock, PutPace } from '@zerospan/shared';
import type { Link } from '../session/link.ts';

/**
 * How fast one session may put: a bucket that fills by so many a second, up to the burst. Nothing is refused: when it is empty the link is
 * held until what was taken too much has come in again. One message may take it below nothing, and what the link hands over while it is held; so the hold
 * is as long as that.
 */
export class Pace {
  readonly #pace: PutPace;
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #onHold: () => void;
  #left: number;
  #atMs: number;
  #release: (() => void) | undefined;

  /**
   * @param lacks so many puts are not there of the burst, from before
   * @param onHold told each time that the link is held
   */
  constructor(pace: PutPace, clock: Clock, link: Link, lacks: number, onHold: () => void) {
    this.#pace = pace;
    this.#clock = clock;
    this.#link = link;
    this.#onHold = onHold;
    this.#left = pace.burst - lacks;
    this.#atMs = clock.now();
    if (this.#left < 0) this.spend(0);
  }

  /** Whether the link is held: its silence says nothing of its client then. */
  get holds(): boolean {
    return this.#release !== undefined;
  }

  /** Something has come that counts as so many puts: see `putCost`. */
  spend(puts = 1): void {
    this.#fill();
    this.#left -= puts;
    if (this.#left >= 0 || this.holds) return;
    this.#onHold();
    this.#link.hold();
    this.#wait();
  }

  /** How many puts are not there now of the burst. */
  get lacks(): number {
    this.#fill();
    return this.#pace.burst - this.#left;
  }

  stop(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #wait(): void {
    const waitMs = Math.ceil((-this.#left / this.#pace.putsPerS) * 1_000);
    this.#release = this.#clock.later(waitMs, () => {
      this.#fill();
      if (this.#left < 0) return this.#wait();
      this.#release = undefined;
      this.#link.release();
    });
  }

  #fill(): void {
    const now = this.#clock.now();
    // A clock that was put back gives nothing.
    const passedMs = Math.max(now - this.#atMs, 0);
    this.#left = Math.min(this.#left + (passedMs / 1_000) * this.#pace.putsPerS, this.#pace.burst);
    this.#atMs = now;
  }
}
