import { type FilterSet, filterCount, type OnLag, type ReplayRequest } from '@zerospan/shared';
import type { Asked, ModelSubscriber } from './subscriber.ts';

/**
 * Which subscription of the wire stands for what a subscriber asked for. Equal ones may share one: a client says nothing to its server then, and is
 * held here to when it may, because a client that numbers them otherwise is given what the model does not expect: before the server has granted it, or while it is live, for one that asks for no replay.
 */
export class Ids {
  readonly #subscribers: () => readonly ModelSubscriber[];
  readonly #onLag = new WeakMap<Asked, OnLag | undefined>();
  #last = 0;

  constructor(subscribers: () => readonly ModelSubscriber[]) {
    this.#subscribers = subscribers;
  }

  of(id: number): readonly Asked[] {
    return this.#all.filter((asked) => asked.id === id);
  }

  /**
   * A subscriber has just asked. Answers the live one that it has joined, if it has.
   * @param isNewest whether its bus knows of nothing that is newer than where one that joins this would begin
   */
  asked(asked: Asked, onLag: OnLag | undefined, isNewest: (live: Asked) => boolean): Asked | undefined {
    this.#onLag.set(asked, onLag);
    const key = keyOf(asked.set, asked.replay, onLag);
    const [first] = this.#joinable
      .filter((each) => this.#beginsAbove(asked, each))
      .filter((each) => this.#isLike(each, asked, key) && (!each.granted || isNewest(each)))
      .sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
    asked.id = first?.id ?? ++this.#last;
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
    return earlier.every((each) => each.granted || (!granted && id >= (each.id ?? 0)));
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

  /** One that is live has no history to give any more. */
  #isLike(each: Asked, asked: Asked, key: string): boolean {
    const isOpen = each.granted ? each.stage === 'live' && asked.replay === undefined : true;
    return isOpen && keyOf(each.set, each.granted ? undefined : each.replay, this.#onLag.get(each)) === key;
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
