import type { PutPace } from '../messages/session.ts';
import { Bucket } from './bucket.ts';
import type { Clock } from './clock.ts';
import type { PutCost } from './pace.ts';

/** Shortest wait: a timer for each put would be set hundreds of times a second. */
const LEAST_WAIT_MS = 10;

/**
 * The pace that a server says in `welcome`, of puts and of their bytes. The server reads a client that keeps it without
 * a wait.
 */
export class PutPacer {
  readonly #clock: Clock;
  readonly #puts: Bucket | undefined;
  readonly #bytes: Bucket | undefined;
  #callOff: (() => void) | undefined;

  constructor({ putsPerS, burst, left, bytesPerS = 0, burstBytes = 0, leftBytes }: PutPace, clock: Clock) {
    this.#clock = clock;
    if (putsPerS > 0) this.#puts = new Bucket({ perS: putsPerS, burst }, clock, left);
    if (bytesPerS > 0) this.#bytes = new Bucket({ perS: bytesPerS, burst: burstBytes }, clock, leftBytes);
  }

  /** Whether something that costs so much may be sent now. */
  isOpenFor({ puts, bytes }: PutCost): boolean {
    return this.#puts?.has(puts) !== false && this.#bytes?.has(bytes) !== false;
  }

  spend({ puts, bytes }: PutCost): void {
    this.#puts?.take(puts);
    this.#bytes?.take(bytes);
  }

  /** Calls once, when so much may be sent; at most one call is on its way. */
  whenOpenFor({ puts, bytes }: PutCost, action: () => void): void {
    if (this.#callOff) return;
    const waitMs = Math.max(this.#puts?.waitMs(puts) ?? 0, this.#bytes?.waitMs(bytes) ?? 0, LEAST_WAIT_MS);
    this.#callOff = this.#clock.later(waitMs, () => {
      this.#callOff = undefined;
      action();
    });
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
