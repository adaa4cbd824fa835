import { filterCount, type ZerospanError } from '@zerospan/shared';
import type { Log } from '../log/log.ts';
import type { Holding } from '../sharing/per-user.ts';
import type { Subscription } from './subscription.ts';

/** The subscriptions of one session, and how many filters they have. */
export class SubscriptionList {
  /**
   * Another list with each change. Most sessions have one subscription or two: a map would take three times as much.
   */
  #all: readonly Subscription[];
  /** Their filters, as they count for their user. */
  readonly #held: Holding;

  constructor(all: readonly Subscription[], held: Holding) {
    this.#all = all;
    this.#held = held;
    this.count();
  }

  get all(): readonly Subscription[] {
    return this.#all;
  }

  /** Those that have no replay. */
  get live(): Subscription[] {
    return this.#all.filter(({ replay }) => !replay);
  }

  get filterCount(): number {
    return this.#held.count;
  }

  /** How many filters it holds of a user. */
  filtersOf(user: string): number {
    return this.#held.user === user ? this.#held.count : 0;
  }

  /** The session falls behind. @returns those that end by that, each with why; undefined: none */
  fallBehind(): ReadonlyMap<Subscription, ZerospanError> | undefined {
    let ending: Map<Subscription, ZerospanError> | undefined;
    for (const one of this.#all) {
      const fault = one.fallBehind();
      if (!fault) continue;
      ending ??= new Map();
      ending.set(one, fault);
    }
    return ending;
  }

  add(one: Subscription): void {
    this.#all = [...this.#all, one];
    this.count();
  }

  /** Takes subscriptions out; answers those that were in. */
  remove(some: readonly Subscription[]): Subscription[] {
    const gone = new Set(some);
    const removed = this.#all.filter((one) => gone.has(one));
    if (removed.length === 0) return removed;
    this.#all = this.#all.filter((one) => !gone.has(one));
    this.count();
    return removed;
  }

  /** The application has acknowledged all that was sent by now. */
  acknowledged(log: Pick<Log, 'now'>): void {
    for (const { replay } of this.#all) {
      // One by time has no cursor before it is read.
      if (replay && replay.fromMs === undefined) replay.had = { upTo: replay.cursor, by: log.now() };
    }
  }

  /** To be called when filters were taken from one of them. */
  count(): void {
    this.#held.be(this.#all.reduce((sum, { filter }) => sum + filterCount(filter), 0));
  }
}
