import {
  type FilterSet,
  filterCount,
  type OnLag,
  type ReplayRequest,
  type SubscribeBody,
} from '@zerospan/shared';
import type { Asked, ModelSubscriber } from './subscriber.ts';

/**
 * Which subscription of the wire stands for what a subscriber asked for. Equal ones may share one: a client says nothing to its server then, and is
 * held here to when it may: before the server has granted it, or while it is live, for one that asks for no replay.
 */
export class Ids {
  readonly #subscribers: () => readonly ModelSubscriber[];
  readonly #known = new Set<number>();
  readonly #onLag = new WeakMap<Asked, OnLag | undefined>();
  /** Said in the very call that asked for it, before the model has noted that. */
  #unclaimed: { readonly id: number; readonly key: string }[] = [];

  constructor(subscribers: () => readonly ModelSubscriber[]) {
    this.#subscribers = subscribers;
  }

  of(id: number): readonly Asked[] {
    return this.#all.filter((asked) => asked.id === id);
  }

  /** The client says a subscription to its server: a new one stands for all of those that wait for it. */
  said({ id, replay, onLag, channels = [], prefixes = [] }: SubscribeBody): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    const key = keyOf({ channels, prefixes }, replay, onLag);
    const waiting = this.#open.filter((asked) => asked.id === undefined && this.#keys(asked).includes(key));
    for (const asked of waiting) asked.id = id;
    if (waiting.length === 0) this.#unclaimed.push({ id, key });
  }

  /**
   * A subscriber has just asked. Answers the live one that it has joined, if it has.
   * @param isNewest whether its bus knows of nothing that is newer than where one that joins this would begin
   */
  asked(asked: Asked, onLag: OnLag | undefined, isNewest: (live: Asked) => boolean): Asked | undefined {
    this.#onLag.set(asked, onLag);
    const [key = ''] = this.#keys(asked);
    const own = this.#unclaimed.find((each) => each.key === key);
    this.#unclaimed = [];
    if (own !== undefined) {
      asked.id = own.id;
      return undefined;
    }
    const equal = this.#joinable
      .filter((each) => this.#beginsAbove(asked, each))
      .filter((each) =>
        each.granted ? this.#isLike(each, asked, key) && isNewest(each) : this.#keys(each)[0] === key,
      )
      .sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
    const [first] = equal;
    asked.id = first?.id;
    const [live, fresh] = first?.granted ? [first, undefined] : [undefined, first];
    // What the server was asked for stands for it as well.
    if (fresh !== undefined) asked.fromMs.push(...fresh.fromMs);
    return live;
  }

  /** The later subscriptions of one subscriber begin no lower than those before them. */
  #beginsAbove(asked: Asked, { granted, id = 0 }: Asked): boolean {
    const open = this.#open;
    const own = this.#subscribers().find((each) => each.asked.includes(asked))?.asked ?? [];
    const earlier = own.filter((each) => each !== asked && open.includes(each));
    return earlier.every((each) => each.granted || (!granted && id >= (each.id ?? Number.POSITIVE_INFINITY)));
  }

  get #all(): Asked[] {
    return this.#subscribers().flatMap(({ asked }) => asked);
  }

  /** Those that are on the wire with all of the filters that they were made with. */
  get #joinable(): Asked[] {
    return this.#open.filter(({ id }) => id !== undefined && !this.of(id).some(isNarrowed));
  }

  /** Those that have not ended: what ended before the server was asked is never said to it. */
  get #open(): Asked[] {
    const open = this.#subscribers().flatMap((each) => (each.closedAt ? [] : each.asked));
    return open.filter(({ narrowed }) => !narrowed.some(({ set }) => filterCount(set) === 0));
  }

  #isLike(live: Asked, asked: Asked, key: string): boolean {
    const isPlain = live.stage === 'live' && asked.replay === undefined;
    return isPlain && keyOf(live.set, undefined, this.#onLag.get(live)) === key;
  }

  /** As it was made, and as it is now. */
  #keys(asked: Asked): string[] {
    const onLag = this.#onLag.get(asked);
    const set = asked.narrowed.at(-1)?.set ?? asked.set;
    return [keyOf(asked.set, asked.replay, onLag), keyOf(set, asked.replay, onLag)];
  }
}

function isNarrowed({ set, narrowed }: Asked): boolean {
  return narrowed.some(({ set: left }) => filterCount(left) > 0 && filterCount(left) < filterCount(set));
}

function keyOf({ channels, prefixes }: FilterSet, replay?: ReplayRequest, onLag: OnLag = 'replay'): string {
  return JSON.stringify([
    [...new Set(channels)].sort(),
    [...new Set(prefixes)].sort(),
    replay ?? null,
    onLag,
  ]);
}
