import {
  type Clock,
  EVERY_CHANNEL,
  type FilterSet,
  filterCount,
  type Match,
  matcherOf,
  type OnLag,
  type ReplayRequest,
  type SubscribeBody,
  type ZerospanError,
} from '@zerospan/shared';
import { Since } from '../since.ts';
import type { Gap, Publication } from '../types.ts';
import type { Parcel } from './delivery/acks.ts';
import { offsetOf, type Stage } from './stage.ts';

/** Who a subscription is for. Several subscriptions may have the same owner, which is given a publication once. */
export interface Owner {
  readonly subscriptions: readonly Subscription[];
  /** Takes a publication; what it keeps for later, it holds. */
  take(publication: Publication, parcel: Parcel): void;
  reportGap(gap: Gap): void;
  granted(subscription: Subscription): void;
  /**
   * It has been given what there was: on `subscribed`, or when its replay is over; on each connection.
   * @param isIncomplete as in {@link LiveBody}
   */
  live(isIncomplete: boolean): void;
  refused(subscription: Subscription, error: ZerospanError): void;
}

/** The last gap of an epoch that was reported to a subscription. */
export interface LastGap {
  /** All gaps up to this offset have been reported. */
  readonly to: number;
  /** Of the last gap. */
  readonly from: number | null;
  readonly missed: number | null;
}

/** What a subscription is asked for with, beside its filters. */
export interface Asked {
  readonly replay?: ReplayRequest | undefined;
  readonly onLag?: OnLag | undefined;
}

/**
 * What one subscriber asked for at a time, over all connections. Equal ones are members of one
 * {@link SharedSubscription}.
 */
export class Subscription {
  readonly owner: Owner;
  readonly shared: SharedSubscription;
  readonly replay: ReplayRequest | undefined;
  stage: Stage;
  /** Of gaps, in the bus's epoch. */
  lastGap: LastGap | undefined;
  /** Epochs whose ends were reported to it: that of its log, and the one that its history was asked for in. */
  reportedEnds: readonly string[] = [];
  #set: FilterSet;
  #match: Match;

  constructor(owner: Owner, shared: SharedSubscription, set: FilterSet, stage: Stage, { replay }: Asked) {
    this.owner = owner;
    this.shared = shared;
    this.stage = stage;
    this.replay = replay;
    this.#set = set;
    this.#match = matcherOf(set);
  }

  get set(): FilterSet {
    return this.#set;
  }

  set set(set: FilterSet) {
    this.#set = set;
    this.#match = matcherOf(set);
  }

  matches(channel: string): boolean {
    return channel === EVERY_CHANNEL ? filterCount(this.set) > 0 : this.#match(channel);
  }
}

/**
 * One subscription of the wire protocol, over all connections. Subscribers with equal filters are members of one, so
 * that a page of two hundred components is one subscription to the server. Each keeps its own stage, and filters of its
 * own once it has removed some.
 */
export class SharedSubscription {
  readonly id: number;
  readonly members = new Set<Subscription>();
  /** Filters on the wire: the union of its members' filters. */
  set: FilterSet;
  /** Whether this connection's server has been asked for it. */
  asked = false;
  /** Whether any server has granted it. */
  granted = false;
  /** Whether the wire still has the filters that it was made with: only then may an equal one join it. */
  isWhole = true;
  /** An equal one joins it by this, before it is granted, and by the other, which names no replay, once it is live. */
  readonly key: string;
  readonly liveKey: string;
  readonly #onLag: OnLag | undefined;
  /** Since when its history is asked for. */
  #requested: Since | undefined;

  constructor(id: number, set: FilterSet, asked: Asked) {
    this.id = id;
    this.set = set;
    this.key = keyOf(set, asked);
    this.liveKey = keyOf(set, { onLag: asked.onLag });
    this.#onLag = asked.onLag;
  }

  /** Where it stands: its members differ in what they were given before they joined, and in nothing else. */
  get stage(): Stage {
    const [first] = this.members;
    return first?.stage ?? { name: 'ended' };
  }

  /** All gaps up to this offset were reported to its first member; 0: none was. */
  get reportedUpTo(): number {
    const [first] = this.members;
    return first?.lastGap?.to ?? 0;
  }

  /** The offset that it stands at in its epoch, if it has been granted there. */
  get offset(): number | undefined {
    return offsetOf(this.stage);
  }

  /** How it is asked for, in `hello` and in `subscribe` alike. */
  body(clock: Clock): SubscribeBody {
    const { stage, offset: after } = this;
    const [given, asOf] = stage.name === 'waiting' ? [stage.after, stage.asOf] : [];
    // Its history is asked for until it is over: the same, and from where it was cut (C4).
    const replay = asOf !== undefined || after === undefined ? this.#request(clock, asOf) : undefined;
    return {
      id: this.id,
      ...bare(this.set),
      ...(replay && { replay }),
      ...(this.#onLag && { onLag: this.#onLag }),
      ...(after !== undefined && { after }),
      ...(replay && after !== undefined && given !== undefined && { replayed: given }),
    };
  }

  /** The last n ms are those before it was granted, also when that is long ago. */
  #request(clock: Clock, asOf: number | undefined): ReplayRequest | undefined {
    const [first] = this.members;
    if (first?.replay === undefined || !('sinceMs' in first.replay)) return first?.replay;
    if (asOf === undefined || this.#requested === undefined) this.#requested = new Since(clock);
    return { sinceMs: first.replay.sinceMs + this.#requested.ms };
  }
}

/**
 * Whether an owner's next subscription, as a member of this one, begins no lower than those that it has. Else their
 * history could give what this one gives again: of that, nobody keeps a list. The server grants in the order in which
 * it is asked.
 */
export function beginsAbove({ subscriptions }: Owner, { granted, id }: SharedSubscription): boolean {
  return subscriptions.every(({ shared }) => shared.granted || (!granted && id >= shared.id));
}

/** What equal subscriptions have in common. */
export function keyOf({ channels, prefixes }: FilterSet, { replay, onLag }: Asked): string {
  return JSON.stringify([[...channels].sort(), [...prefixes].sort(), replay ?? null, onLag ?? 'replay']);
}

/** A set without its empty halves, as messages carry it. */
export function bare({ channels, prefixes }: FilterSet): Partial<FilterSet> {
  return { ...(channels.length > 0 && { channels }), ...(prefixes.length > 0 && { prefixes }) };
}
