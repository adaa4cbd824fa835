import assert from 'node:assert/strict';
import { type Filter, type FilterSet, type OnLag, type ReplayRequest, ZerospanError } from '@zerospan/shared';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import type { Gap, Publication } from '../../../client/src/types.ts';
import { less, setOf } from '../filters.ts';
import type { Tap } from './tap.ts';

export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

/** One subscription of the wire, as the test has seen it from outside. */
export interface Asked {
  /** Of the wire; undefined until the server is asked. Equal ones may have one id. */
  id: number | undefined;
  /** The filters that it was made with, and what was left of them from each place on. */
  readonly set: FilterSet;
  readonly narrowed: { readonly at: Place; readonly set: FilterSet }[];
  readonly replay: ReplayRequest | undefined;
  /** Where it begins: what its first `subscribed` said, or where its bus resumed. */
  start: Place | undefined;
  stage: 'asked' | 'replaying' | 'live';
  /** Whether any server has granted it. */
  granted: boolean;
  /** The offset from which on it is live. */
  liveAt: number;
  /** With `sinceMs`: the time that it means, for each time that the server was asked. */
  readonly fromMs: number[];
}

export type Item =
  | { readonly kind: 'publication'; readonly publication: Publication }
  | { readonly kind: 'gap'; readonly gap: Gap };

export type Mode = 'get' | 'listen' | 'iterate';

export interface SubscriberOptions {
  readonly subscriber: Subscriber;
  readonly mode: Mode;
  /** Most publications that may wait for it. */
  readonly queue: number;
  readonly onLag: OnLag | undefined;
  /** That of the connection that there is. */
  readonly tap: () => Tap | undefined;
  /** Where the server's log is. */
  readonly place: () => Place;
}

/** A subscriber of the client, what was asked for it, and what it was handed. */
export class ModelSubscriber {
  readonly subscriber: Subscriber;
  readonly asked: Asked[] = [];
  readonly items: Item[] = [];
  /** Where the log was when it was closed. */
  closedAt: Place | undefined;
  readonly mode: Mode;
  readonly onLag: OnLag | undefined;
  readonly #tap: () => Tap | undefined;

  readonly #queue: number;

  constructor({ subscriber, mode, queue, onLag, tap, place }: SubscriberOptions) {
    this.#tap = tap;
    this.#queue = queue;
    this.subscriber = subscriber;
    this.mode = mode;
    this.onLag = onLag;
    subscriber.ready.catch(() => undefined);
    subscriber.on('close', (error) => {
      if (error?.code !== 'lag') return;
      if (onLag !== 'close') assert.fail('a subscription was ended that did not ask for it');
      this.closedAt ??= place();
    });
    subscriber.on('gap', (gap) => this.items.push({ kind: 'gap', gap }));
    if (mode === 'listen') subscriber.on('publication', (publication) => this.#has(publication));
    if (mode === 'iterate') void this.#iterate();
  }

  get interests(): FilterSet {
    const sets = this.asked.map(({ set, narrowed }) => narrowed.at(-1)?.set ?? set);
    return { channels: sets.flatMap((set) => set.channels), prefixes: sets.flatMap((set) => set.prefixes) };
  }

  ask(filters: readonly Filter[], replay: ReplayRequest | undefined, resumed: Place | undefined): Asked {
    const asked: Asked = {
      id: undefined,
      set: setOf(filters),
      narrowed: [],
      replay: resumed ? undefined : replay,
      start: resumed,
      stage: 'asked',
      granted: false,
      liveAt: 0,
      fromMs: [],
    };
    this.asked.push(asked);
    return asked;
  }

  /** Takes filters away; it is closed if none are left. */
  narrow(filters: readonly Filter[], at: Place): void {
    if (this.closedAt) return;
    const gone = setOf(filters);
    for (const asked of this.asked) {
      const set = asked.narrowed.at(-1)?.set ?? asked.set;
      asked.narrowed.push({ at, set: less(set, gone) });
    }
  }

  /** Reads at most `most` publications, if it is one that reads. */
  read(most: number): void {
    if (this.mode !== 'get') return;
    for (let i = 0; i < most; i++) {
      const tap = this.#tap();
      const acknowledged = tap?.acknowledged ?? 0;
      const publication = this.#next();
      if (!publication) return;
      if (i >= this.#queue) assert.fail(`more than ${this.#queue} publications waited in a queue`);
      // What waits for a subscriber that is closed counts as handed over.
      if (!this.closedAt) tap?.reads(publication, acknowledged);
      this.#has(publication);
    }
  }

  close(at: Place): void {
    this.closedAt ??= at;
    void this.subscriber.close();
  }

  /** The connection has ended. */
  cut(): void {
    for (const asked of this.asked) asked.stage = 'asked';
  }

  /** A subscriber that ended because of lag says so to a reader that reads it to its end. */
  #next(): Publication | undefined {
    try {
      return this.subscriber.get();
    } catch (error) {
      if (isLag(error)) return undefined;
      throw error;
    }
  }

  async #iterate(): Promise<void> {
    try {
      for await (const publication of this.subscriber) this.#has(publication);
    } catch (error) {
      if (!isLag(error)) throw error;
    }
  }

  #has(publication: Publication): void {
    this.items.push({ kind: 'publication', publication });
  }
}

function isLag(error: unknown): boolean {
  return error instanceof ZerospanError && error.code === 'lag';
}
