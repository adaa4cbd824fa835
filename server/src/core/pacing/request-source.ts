import type { Clock } from '@zerospan/shared';
import type { Reports } from '../reports.ts';
import type { BurstDebts, SharedBucket } from './burst-debts.ts';
import { Pace, type Valve } from './pace.ts';

/** What a source of requests uses of the bus. */
export interface PacingBus {
  readonly clock: Clock;
  /** undefined: requests have no pace. */
  readonly debts: BurstDebts | undefined;
  readonly reports: Pick<Reports, 'held'>;
}

/**
 * Where the requests of one session come from, puts and changes of filters alike: their pace, and what they wait for.
 * It is held while a request waits, so that what comes behind keeps its order (S10), and while the pace is exceeded;
 * it is released when nothing holds it any more.
 */
export class RequestSource implements Valve {
  readonly #valve: Valve;
  readonly #rateKey: string;
  readonly #bus: PacingBus;
  readonly #shared: SharedBucket | undefined;
  readonly #pace: Pace | undefined;
  #holds = 0;
  /** What calls each waiting request off: made when needed. */
  #waiting: Set<() => void> | undefined;

  /**
   * @param rateKey by whom the pace goes: see `rateKeyOf`.
   * @param isShared whether it has its pace together with all such sources of the same rate key
   */
  constructor(valve: Valve, rateKey: string, bus: PacingBus, isShared = false) {
    this.#valve = valve;
    this.#rateKey = rateKey;
    this.#bus = bus;
    this.#shared = isShared ? bus.debts?.share(rateKey) : undefined;
    const bucket = this.#shared?.bucket ?? bus.debts?.take(rateKey);
    this.#pace = bucket && new Pace(bucket, bus.clock, this, () => bus.reports.held());
  }

  /** Whether nothing is read from it. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** A request counts as `count` puts. */
  spend(count = 1): void {
    this.#pace?.spend(count);
  }

  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1) this.#valve.hold();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#valve.release();
  }

  /**
   * Does something at once, or holds the source until it may be done.
   * @param wait returns undefined where it may be done now; else what calls it off, and later, not before it has
   * returned, it calls `go`
   */
  after(wait: (go: () => void) => (() => void) | undefined, action: () => void): void {
    const callOff = wait(() => {
      if (callOff) this.#goOn(callOff, action);
    });
    if (!callOff) {
      action();
      return;
    }
    this.#waiting ??= new Set();
    this.#waiting.add(callOff);
    this.hold();
  }

  /** Calls off what waits. What was taken too much is the next session's of the same rate key. */
  end(): void {
    for (const callOff of this.#waiting ?? []) callOff();
    this.#waiting = undefined;
    if (!this.#pace) return;
    const left = this.#pace.end();
    if (this.#shared) this.#shared.leave();
    else this.#bus.debts?.leave(this.#rateKey, left);
  }

  #goOn(callOff: () => void, action: () => void): void {
    this.#waiting?.delete(callOff);
    if (this.#waiting?.size === 0) this.#waiting = undefined;
    try {
      action();
    } finally {
      // A request that throws must not keep its source from being read for ever.
      this.release();
    }
  }
}
