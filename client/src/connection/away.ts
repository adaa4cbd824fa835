import type { Clock } from '@zerospan/shared';
import type { State } from '../types.ts';

/**
 * How long a server whose log is away keeps its client, in ms: at first, and at most. Where no server has its log, a
 * client that left at once would do nothing but reconnect.
 */
const STAY_MS = { first: 15_000, most: 240_000 } as const;

/** Whether the server has said welcome, and is heard. */
export function isConnected(state: State): boolean {
  return state === 'live' || state === 'stale';
}

/**
 * Whether the log of the server is away, and when to leave that server for another one (B7). It lasts over connections:
 * each that is left so is kept twice as long as the one before, until a server has its log.
 */
export class Away {
  readonly #clock: Clock;
  readonly #leave: () => void;
  #stayMs: number = STAY_MS.first;
  #welcomedMs = 0;
  #callOff: (() => void) | undefined;

  /** @param leave called when the connection is to be left */
  constructor(clock: Clock, leave: () => void) {
    this.#clock = clock;
    this.#leave = leave;
  }

  welcomed(): void {
    this.#welcomedMs = this.#clock.elapsed();
  }

  /** A beat has come. Answers whether the log is away. */
  beat(logAwayMs: number | undefined): boolean {
    if (logAwayMs === undefined) {
      this.ended();
      this.#stayMs = STAY_MS.first;
      return false;
    }
    // The same absence for all its beats: it was reckoned when it began.
    this.#callOff ??= this.#clock.later(this.#leftMs(logAwayMs), () => {
      this.#callOff = undefined;
      this.#stayMs = Math.min(this.#stayMs * 2, STAY_MS.most);
      this.#leave();
    });
    return true;
  }

  /** The connection has ended. */
  ended(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #leftMs(logAwayMs: number): number {
    const stayedMs = this.#clock.elapsed() - this.#welcomedMs;
    return Math.max(STAY_MS.first - logAwayMs, this.#stayMs - stayedMs, 0);
  }
}
