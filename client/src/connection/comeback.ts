import { BACKOFF, type Clock, fullJitterMs } from '@zerospan/shared';
import type { News } from './news.ts';

/** The least time between two attempts to connect when news brings on the second, in ms: news may flap. */
const APART_MS = 2_000;

/** For how long after it was woken a client that finds its connection gone is taken to have lost it by sleeping, in ms. */
const WOKEN_MS = 10_000;

/** When to connect again (E6, E9, D3). It reckons; the timers are its owner's. */
export class Comeback {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** When the server, draining, said to come back. */
  #slotMs: number | undefined;
  /** When the wait that is under way is over, and whether that is a slot. */
  #due = { atMs: 0, isSlot: false };
  #attempt = 0;
  #spreadMs = BACKOFF.spreadMs;
  #dialledAtMs = Number.NEGATIVE_INFINITY;
  #wokenAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** An attempt begins. */
  dialled(): void {
    this.#dialledAtMs = this.#clock.now();
  }

  /** It has succeeded. @param spreadMs the least window for attempts after this connection */
  welcomed(spreadMs: number): void {
    this.#attempt = 0;
    this.#spreadMs = spreadMs;
  }

  /** The server has told its spread again: the crowd may have grown. */
  spread(spreadMs: number | undefined): void {
    this.#spreadMs = spreadMs ?? this.#spreadMs;
  }

  /** The server is about to stop, and said when to come back. */
  slotIn(comeBackMs: number): void {
    this.#slotMs = this.#clock.now() + comeBackMs;
  }

  /** An attempt has failed, or a connection has ended. Answers how long to wait, in ms. */
  waitMs(): number {
    const now = this.#clock.now();
    const isSlot = this.#slotMs !== undefined;
    // One that was asleep has lost its connection alone; it need not spread its return.
    const isAlone = this.#attempt === 0 && now - this.#wokenAtMs < WOKEN_MS;
    const atMs = this.#slotMs ?? now + (isAlone ? this.#apartMs() : this.#drawnMs());
    this.#slotMs = undefined;
    this.#attempt += 1;
    this.#due = { atMs, isSlot };
    return Math.max(atMs - now, 0);
  }

  heard(news: News): void {
    if (news === 'woken') this.#wokenAtMs = this.#clock.now();
    // While there was no network every attempt failed. That says nothing about the server.
    if (news === 'online') this.#attempt = 0;
  }

  /** News has come in the middle of a wait. Answers how long still to wait, in ms; undefined: as before. */
  leftMs(news: News): number | undefined {
    const now = this.#clock.now();
    // A timer may be late, where a page was hidden or a machine was asleep.
    const asBefore = this.#due.atMs > now ? undefined : 0;
    if (this.#due.isSlot || news === 'offline' || asBefore === 0) return asBefore;
    let leftMs = this.#apartMs();
    if (news === 'online') {
      // A whole network comes back at once, and all its clients with it: each draws anew.
      leftMs = Math.max(leftMs, this.#drawnMs());
      this.#attempt += 1;
    }
    if (now + leftMs >= this.#due.atMs) return undefined;
    this.#due = { atMs: now + leftMs, isSlot: false };
    return leftMs;
  }

  /** How much is missing until news may bring on another attempt. */
  #apartMs(): number {
    return Math.min(Math.max(this.#dialledAtMs + APART_MS - this.#clock.now(), 0), APART_MS);
  }

  #drawnMs(): number {
    return fullJitterMs(this.#attempt, { ...BACKOFF, spreadMs: this.#spreadMs }, this.#random);
  }
}
