import type { Clock } from '@zerospan/shared';

/** How long letting clients in may hold the event loop before others have a turn, in ms. */
const SLICE_MS = 4;

/** Burst: the admissions of this many seconds at once. */
const BURST_S = 4;

/** Longest wait for admission: a client that would wait longer is rejected at once. */
const WAIT_S = 5;

/** A timer's wait is at least so long, in ms: a few come in each time. */
const PACE_MS = 10;

/**
 * Admits handshakes in batches, a few in each turn of the event loop. After a restart thousands come at once, and the
 * upgrades that one turn reads would delay every open connection: measured, a publication waited 150 to 460 ms for five
 * thousand of them. Handshakes beyond the rate wait.
 */
export class Admission {
  readonly #perS: number;
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #scheduled = false;
  /** How many may come in now. */
  #allowance: number;
  #countedMs: number;

  /** @param perS handshakes admitted a second, after a burst of {@link BURST_S} times as many. 0: unlimited */
  constructor(perS: number, clock: Clock) {
    this.#perS = perS === 0 ? Number.POSITIVE_INFINITY : perS;
    this.#clock = clock;
    this.#allowance = this.#perS * BURST_S;
    this.#countedMs = clock.elapsed();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param go admits one client; called in a later turn, in the order of the calls */
  enter(go: () => void): boolean {
    this.#refill();
    if (this.#waiting.length >= this.#allowance + this.#perS * WAIT_S) return false;
    this.#waiting.push(go);
    this.#schedule();
    return true;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const run = (): void => this.#run();
    if (this.#allowance >= 1) setImmediate(run);
    else this.#clock.later(Math.max(PACE_MS, ((1 - this.#allowance) / this.#perS) * 1_000), run);
  }

  #run(): void {
    this.#scheduled = false;
    this.#refill();
    const untilMs = performance.now() + SLICE_MS;
    const waiting = this.#waiting;
    let admitted = 0;
    while (admitted < waiting.length && this.#allowance >= 1) {
      this.#allowance--;
      waiting[admitted++]?.();
      if (performance.now() > untilMs) break;
    }
    this.#waiting = waiting.slice(admitted);
    if (this.#waiting.length > 0) this.#schedule();
  }

  #refill(): void {
    const nowMs = this.#clock.elapsed();
    const sinceMs = nowMs - this.#countedMs;
    this.#countedMs = nowMs;
    if (this.#perS === Number.POSITIVE_INFINITY) return;
    this.#allowance = Math.min(this.#perS * BURST_S, this.#allowance + (sinceMs * this.#perS) / 1_000);
  }
}
