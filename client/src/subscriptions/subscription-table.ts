import type { FilterSet } from '@zerospan/shared';
import { FilterIndex } from './filter-index.ts';
import { keyOf, SharedSubscription } from './shared-subscription.ts';
import { type Asked, type Owner, type Stage, Subscription } from './subscription.ts';

/** All subscriptions of a bus: by their id on the wire, by what equal ones have in common, and by the channels that they want. */
export class SubscriptionTable {
  readonly index = new FilterIndex<Subscription>();
  readonly #byId = new Map<number, SharedSubscription>();
  /** Those that an equal one may join. */
  readonly #byKey = new Map<string, SharedSubscription>();
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

  /** One that the server has not granted yet, or one that is live where no replay is asked for. */
  equal(set: FilterSet, asked: Asked): SharedSubscription | undefined {
    const shared = this.#byKey.get(keyOf(set, asked));
    return shared === undefined || !shared.granted || shared.stage.name === 'live' ? shared : undefined;
  }

  add(set: FilterSet, asked: Asked): SharedSubscription {
    this.#lastId += 1;
    const shared = new SharedSubscription(this.#lastId, set, asked);
    this.#byId.set(shared.id, shared);
    this.#byKey.set(shared.key, shared);
    return shared;
  }

  join(to: SharedSubscription, owner: Owner, set: FilterSet, stage: Stage, asked: Asked): Subscription {
    const subscription = new Subscription(owner, to, set, stage, asked);
    to.members.add(subscription);
    this.index.add(set, subscription);
    return subscription;
  }

  /** From now on an equal one that asks for no replay may join it. */
  isLive(shared: SharedSubscription): void {
    this.#closed(shared);
    if (shared.isWhole) this.#byKey.set(shared.liveKey, shared);
  }

  /** A member has fewer filters now. It is not joined any more, because the wire may lose them too. */
  narrowed(subscription: Subscription, gone: FilterSet, left: FilterSet): void {
    this.index.remove(gone, subscription);
    subscription.set = left;
    subscription.shared.isWhole = false;
    this.#closed(subscription.shared);
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
    this.#closed(shared);
    return members;
  }

  #closed(shared: SharedSubscription): void {
    for (const key of [shared.key, shared.liveKey])
      if (this.#byKey.get(key) === shared) this.#byKey.delete(key);
  }
}
