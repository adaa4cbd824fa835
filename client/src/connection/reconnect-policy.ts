import { BACKOFF, type Clock, fullJitterMs, windowMs } from '@zerospan/shared';
import type { News } from './news.ts';

/** The least time between two attempts to connect when news brings on the second, in ms: news may flap. */
const APART_MS = 2_000;

/**
 * For how long after it was woken a client that finds its connection gone is taken to have lost it by sleeping, in ms.
 */
const WOKEN_MS = 10_000;

/**
 * A connection has lasted when it was live for this long, in ms, and for as long as the window of the wait before it.
 */
const LASTED_MS = 5_000;

/** The longest wait that a server may ask for, in ms: the client would be as good as closed. */
const ASKED_MS = 600_000;

/** When to connect again (E6, E9, D3). It reckons; the timers are its owner's. */
export class ReconnectPolicy {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** When the server, draining, said to come back. */
  #slotMs: number | undefined;
  /** When the wait that is under way is over, and whether that is a slot. */
  #due = { atMs: 0, isSlot: false };
  /** Attempts that failed and connections that did not last, since one did. */
  #attempt = 0;
  #liveAtMs: number | undefined;
  /** The window that the last wait was drawn from. */
  #windowMs = 0;
  #spreadMs = BACKOFF.spreadMs;
  #dialledAtMs = Number.NEGATIVE_INFINITY;
  #wokenAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** An attempt begins. */
  dialled(): void {
    this.#dialledAtMs = this.#clock.elapsed();
  }

  /** It has succeeded. @param spreadMs the least window for attempts after this connection */
  welcomed(spreadMs: number): void {
    this.#liveAtMs = this.#clock.elapsed();
    this.spread(spreadMs);
  }

  /** The server has sent its spread again: there may be more clients now. */
  spread(spreadMs: number | undefined): void {
    this.#spreadMs = Math.min(spreadMs ?? this.#spreadMs, ASKED_MS);
  }

  /** The server is about to stop, and said when to come back. */
  slotIn(comeBackMs: number): void {
    this.#slotMs = this.#clock.elapsed() + Math.min(comeBackMs, ASKED_MS);
  }

  /**
   * An attempt has failed, or a connection has ended. Answers whether it had lasted. One that had not counts as an
   * attempt that failed: a server that welcomes and closes at once, and a second copy with the same client id, must not
   * have the client reconnect without end.
   */
  ended(): boolean {
    const liveMs = this.#clock.elapsed() - (this.#liveAtMs ?? Number.POSITIVE_INFINITY);
    this.#liveAtMs = undefined;
    const hasLasted = liveMs >= Math.max(LASTED_MS, this.#windowMs);
    if (hasLasted) this.#attempt = 0;
    return hasLasted;
  }

  /** Answers how long to wait before the next attempt, in ms. */
  waitMs(): number {
    const now = this.#clock.elapsed();
    const isSlot = this.#slotMs !== undefined;
    // One that was asleep has lost its connection alone; it need not spread its return.
    const isAlone = this.#attempt === 0 && now - this.#wokenAtMs < WOKEN_MS;
    const ownMs = now + (isAlone ? this.#apartMs() : this.#drawnMs());
    // A slot holds by itself where the connection had lasted; a server that drains again and again has to wait.
    const atMs = this.#slotMs === undefined ? ownMs : Math.max(this.#slotMs, this.#attempt === 0 ? 0 : ownMs);
    this.#slotMs = undefined;
    this.#attempt += 1;
    this.#due = { atMs, isSlot };
    return Math.max(atMs - now, 0);
  }

  heard(news: News): void {
    if (news === 'woken') this.#wokenAtMs = this.#clock.elapsed();
    // While there was no network every attempt failed. That says nothing about the server.
    if (news === 'online') this.#attempt = 0;
  }

  /** In how many ms the wait that is under way is over. */
  dueInMs(): number {
    return Math.max(this.#due.atMs - this.#clock.elapsed(), 0);
  }

  /** News has come in the middle of a wait. Answers how long still to wait, in ms; undefined: as before. */
  leftMs(news: News): number | undefined {
    const now = this.#clock.elapsed();
    // A timer may be late, where a page was hidden or a machine was asleep.
    const asBefore = this.#due.atMs > now ? undefined : 0;
    if (this.#due.isSlot || news === 'offline' || asBefore === 0) return asBefore;
    let leftMs = this.#apartMs();
    if (news === 'online') {
      // A whole network comes back at once, and all its clients with it: each draws a new delay.
      leftMs = Math.max(leftMs, this.#drawnMs());
      this.#attempt += 1;
    }
    if (now + leftMs >= this.#due.atMs) return undefined;
    this.#due = { atMs: now + leftMs, isSlot: false };
    return leftMs;
  }

  /** How much is missing until news may bring on another attempt. */
  #apartMs(): number {
    return Math.min(Math.max(this.#dialledAtMs + APART_MS - this.#clock.elapsed(), 0), APART_MS);
  }

  #drawnMs(): number {
    const backoff = { ...BACKOFF, spreadMs: this.#spreadMs };
    this.#windowMs = windowMs(this.#attempt, backoff);
    return fullJitterMs(this.#attempt, backoff, this.#random);
  }
}
