import type { Clock } from '@zerospan/shared';
import type { AccessBounds } from '../access/bounds.ts';
import { BurstDebts } from '../pacing/burst-debts.ts';
import { Pace } from '../pacing/pace.ts';
import type { Catching, CatchUp } from './behind/catchup.ts';
import type { Replay, Subscription } from './subscription.ts';

/** A session that is given history. */
export interface Replaying extends Catching {
  /** By whom its pace goes: see `rateKeyOf`. */
  readonly rateKey: string;
}

/**
 * How much history a session is given at a time, and how fast. Nobody is refused for it: what is too much goes on
 * later. It holds for what was asked for alone. A client that comes back, with many subscriptions at positions of their
 * own, is given all of it as fast as it goes.
 */
export class Replays {
  readonly #bounds: AccessBounds;
  readonly #clock: Clock;
  readonly #catchUp: CatchUp;
  /** Of those who were given history, for as long as they are there. */
  readonly #paces = new Map<Replaying, Pace>();
  /** What sessions that have left had more than their pace allows, and searches for those that come back. */
  readonly #debts: BurstDebts;
  #scanned = 0;

  constructor(bounds: AccessBounds, clock: Clock, catchUp: CatchUp) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#catchUp = catchUp;
    const { replayEntriesPerS: perS } = bounds;
    this.#debts = new BurstDebts({ perS, burst: perS }, clock);
  }

  /** What replays have scanned since the beginning: entries, and what was searched for losses. */
  get scanned(): number {
    return this.#scanned;
  }

  /** Sessions whose replays wait for their pace. */
  get waiting(): number {
    let waiting = 0;
    for (const { holds } of this.#paces.values()) if (holds) waiting++;
    return waiting;
  }

  /** How many names begin with less than their whole pace, after sessions of theirs have left. */
  get debtors(): number {
    return this.#debts.size;
  }

  /** How many of these have a replay that is among those that run, and how many wait for others of their session. */
  counts(subscriptions: readonly Subscription[]): { readonly running: number; readonly waiting: number } {
    const replaying = subscriptions.filter(({ replay }) => replay);
    const asked = replaying.filter(({ replay }) => !replay?.resumes).length;
    const waiting = Math.max(asked - this.#bounds.replays, 0);
    return { running: replaying.length - waiting, waiting };
  }

  /** The subscriptions of a session whose replays may read now, in the order in which they were asked for. */
  due(session: Replaying, subscriptions: readonly Subscription[]): Subscription[] {
    let room = this.#paces.get(session)?.holds ? 0 : this.#bounds.replays;
    const due: Subscription[] = [];
    for (const subscription of subscriptions) {
      const { replay } = subscription;
      if (replay && (replay.resumes || room-- > 0)) due.push(subscription);
    }
    return due;
  }

  /**
   * A replay has scanned this much of the log: entries, and what was searched for losses. Beyond the pace its session
   * is called again when it may go on.
   */
  spend(session: Replaying, { resumes }: Replay, entries: number): void {
    this.#scanned += entries;
    const { replayEntriesPerS: perS } = this.#bounds;
    if (resumes || perS === 0) return;
    let pace = this.#paces.get(session);
    if (!pace) {
      const goesOn = { hold: () => {}, release: () => this.#catchUp.add(session) };
      pace = new Pace(this.#debts.take(session.rateKey), this.#clock, goesOn);
      this.#paces.set(session, pace);
    }
    pace.spend(entries);
  }

  /** How many looks may be taken for one that comes back, beside its pace. */
  roomFor(rateKey: string): number {
    const { replayEntriesPerS: perS } = this.#bounds;
    return perS === 0 ? Number.POSITIVE_INFINITY : Math.max(this.#debts.leftOf(rateKey), 0);
  }

  /** These were taken. */
  charge(rateKey: string, entries: number): void {
    this.#scanned += entries;
    if (this.#bounds.replayEntriesPerS === 0) return;
    const bucket = this.#debts.take(rateKey);
    bucket.take(entries);
    this.#debts.leave(rateKey, bucket);
  }

  /** The session is over: what it had too much, the next one of the same begins with. */
  left(session: Replaying): void {
    const pace = this.#paces.get(session);
    if (!pace) return;
    this.#paces.delete(session);
    this.#debts.leave(session.rateKey, pace.end());
  }
}
