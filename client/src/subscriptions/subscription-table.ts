import type { FilterSet } from '@zerospan/shared';
import { FilterIndex } from './filter-index.ts';
import type { PositionTracker } from './position-tracker.ts';
import type { Stage } from './stage.ts';
import {
  type Asked,
  beginsAbove,
  keyOf,
  type Owner,
  SharedSubscription,
  Subscription,
} from './subscription.ts';

/**
 * All subscriptions of a bus: by their id on the wire, by what equal ones have in common, and by the channels that they
 * match.
 */
export class SubscriptionTable {
  readonly index = new FilterIndex<Subscription>();
  readonly #byId = new Map<number, SharedSubscription>();
  #lastId = 0;

  get(id: number): SharedSubscription | undefined {
    return this.#byId.get(id);
  }

  get shared(): Iterable<SharedSubscription> {
    return this.#byId.values();
  }

  /** The members of all of them. */
  *members(): Iterable<Subscription> {
    for (const { members } of this.#byId.values()) yield* members;
  }

  /**
   * The first that an equal one may join: one that no server has granted yet, or one that is live where no replay is
   * asked for. Not where its bus knows of something newer that has not come, such as a put of its own: only the server
   * can say what is for the new one. Nor where a gap was received above the position of the bus: a connection lost now
   * resumes below that gap, and would give the new one what was before it.
   */
  equal(
    set: FilterSet,
    asked: Asked,
    owner: Owner,
    tracker: PositionTracker,
  ): SharedSubscription | undefined {
    const key = keyOf(set, asked);
    for (const shared of this.#byId.values()) {
      if (!shared.isWhole || !beginsAbove(owner, shared)) continue;
      if (!shared.granted && shared.key === key) return shared;
      const { stage, granted, liveKey, reportedUpTo } = shared;
      if (!granted || stage.name !== 'live' || liveKey !== key) continue;
      if (Math.max(tracker.newest, reportedUpTo) <= Math.max(tracker.offset ?? 0, stage.start)) return shared;
    }
    return undefined;
  }

  add(set: FilterSet, asked: Asked): SharedSubscription {
    this.#lastId += 1;
    const shared = new SharedSubscription(this.#lastId, set, asked);
    this.#byId.set(shared.id, shared);
    return shared;
  }

  join(to: SharedSubscription, owner: Owner, set: FilterSet, stage: Stage, asked: Asked): Subscription {
    const subscription = new Subscription(owner, to, set, stage, asked);
    to.members.add(subscription);
    this.index.add(set, subscription);
    return subscription;
  }

  /** A member has fewer filters now. It is not joined any more, because the wire may lose them too. */
  narrowed(subscription: Subscription, gone: FilterSet, left: FilterSet): void {
    this.index.remove(gone, subscription);
    subscription.set = left;
    subscription.shared.isWhole = false;
  }

  leave(subscription: Subscription): void {
    subscription.stage = { name: 'ended' };
    subscription.shared.members.delete(subscription);
    this.index.remove(subscription.set, subscription);
  }

  /** Answers who its members were. */
  remove(shared: SharedSubscription): readonly Subscription[] {
    const members = [...shared.members];
    for (const subscription of members) this.leave(subscription);
    this.#byId.delete(shared.id);
    return members;
  }
}
