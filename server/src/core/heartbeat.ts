import type { Clock } from '@zerospan/shared';

/** A connection that the heartbeat calls every few seconds, with the ms since the last call. */
export interface Pulsed {
  pulse(passedMs: number): void;
}

/**
 * How often each is checked, and in how many groups, so that not all are checked in one turn: of ten thousand four
 * hundred are. A peer whose last byte came right behind a check is found one round late: with 5 s and what closing
 * takes that was more than 35 s. Beat and silence are whole numbers of rounds.
 */
const ROUND_MS = 2_500;
const GROUPS = 25;

/** Checks every session every two and a half seconds: one timer for all of them. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #groups = Array.from({ length: GROUPS }, () => new Set<Pulsed>());
  #added = 0;
  #turn = 0;
  #stop: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stop = clock.later(ROUND_MS / GROUPS, () => this.#tick());
  }

  add(one: Pulsed): void {
    this.#groups[this.#added++ % GROUPS]?.add(one);
  }

  remove(one: Pulsed): void {
    for (const group of this.#groups) if (group.delete(one)) return;
  }

  stop(): void {
    this.#stop();
  }

  #tick(): void {
    const group = this.#groups[this.#turn++ % GROUPS];
    for (const one of group ?? []) one.pulse(ROUND_MS);
    this.#stop = this.#clock.later(ROUND_MS / GROUPS, () => this.#tick());
  }
}
