import {
  type Clock,
  type Filter,
  type FilterSet,
  filterCount,
  type OnLag,
  toFilters,
  ZerospanError,
} from '@zerospan/shared';
import { aborted, onAbort } from '../../abort.ts';
import { Emitter } from '../../emitter.ts';
import type { Gap, GetOptions, Publication, QueueBounds } from '../../types.ts';
import { shared } from '../filters.ts';
import type { Asked, Owner, Subscription } from '../subscription.ts';
import type { Subscriptions } from '../subscriptions.ts';
import type { Parcel } from './acks.ts';
import type { Budget } from './budget.ts';
import { Queue } from './queue.ts';

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: ZerospanError): void;
}

// A type and not an interface, because only a type is known to have no other keys.
export type FeedEvents = {
  publication: [Publication];
  gap: [Gap];
  /** It has been given what there was. */
  live: [isIncomplete: boolean];
  close: [ZerospanError | undefined];
};

/** What one subscriber is given: its subscriptions at one end, its readers or listeners at the other. */
export class Feed implements Owner {
  readonly #table: Subscriptions;
  readonly #clock: Clock;
  readonly #budget: Budget;
  readonly #queue: Queue;
  readonly #events = new Emitter<FeedEvents>();
  readonly #readers = new Set<Waiter<Publication | undefined>>();
  readonly #grants = new Map<Subscription, Waiter<void>>();
  #subscriptions: readonly Subscription[] = [];
  /** The one that the feed was made for: without it, it is nothing. */
  #first: Subscription | undefined;
  /** What it was made with holds for what is added as well. */
  #onLag: OnLag | undefined;
  /** What gaps of the queue name; kept, because a full queue asks at each publication. */
  #filters: readonly Filter[] = [];
  /** Set when it is over; with an error when the caller did not end it. */
  #end: { readonly error: ZerospanError | undefined } | undefined;

  #noticed = false;

  constructor(table: Subscriptions, clock: Clock, bounds: QueueBounds, budget: Budget) {
    this.#table = table;
    this.#clock = clock;
    this.#budget = budget;
    this.#queue = new Queue(bounds, budget, () => this.#filters);
  }

  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  /** Whether nothing will be added to it any more. */
  get over(): boolean {
    return this.#end !== undefined;
  }

  /** Whether the reader has seen the error that ended it. */
  get noticed(): boolean {
    return this.#noticed;
  }

  /** Asks for more. Settles when the server has granted or refused it. */
  open(set: FilterSet, asked: Asked = { onLag: this.#onLag }): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end.error ?? new ZerospanError('closed'));
      const subscription = this.#table.open(this, set, asked);
      this.#first ??= subscription;
      this.#onLag ??= asked.onLag;
      this.#has([...this.#subscriptions, subscription]);
      this.#grants.set(subscription, { resolve, reject });
    });
  }

  async narrow(filters: FilterSet): Promise<void> {
    if (this.#end !== undefined) throw this.#end.error ?? new ZerospanError('closed');
    const concerned = this.#subscriptions.filter(({ set }) => filterCount(shared(set, filters)) > 0);
    const answers = concerned.map((subscription) => this.#table.narrow(subscription, filters));
    for (const subscription of concerned) {
      if (subscription.stage.name === 'ended') this.#drop(subscription, undefined);
    }
    this.#has(this.#subscriptions);
    await Promise.all(answers);
  }

  on<E extends keyof FeedEvents>(event: E, listener: (...args: FeedEvents[E]) => void): () => void {
    const off = this.#events.on(event, listener);
    // Later, because a listener expects to have its off() before its first call.
    if (event === 'publication') void Promise.resolve().then(() => this.#flush());
    return off;
  }

  take(publication: Publication, parcel: Parcel): void {
    if (this.#end !== undefined) return;
    if (this.#queue.empty && this.#events.hears('publication')) {
      this.#events.emit('publication', publication);
      return;
    }
    this.#queue.push(publication, parcel);
    this.#flush();
    this.#serve();
    this.#budget.keep();
  }

  reportGap(gap: Gap): void {
    if (this.#end !== undefined) return;
    // Listeners have been handed everything before the gap; a reader receives the gap with the next publication.
    if (this.#queue.empty && this.#events.hears('publication')) this.#events.emit('gap', gap);
    else this.#queue.reportGap(gap);
  }

  /**
   * The next publication that is there, after the gaps before it are emitted; at the end also those after the last one.
   */
  poll(): Publication | undefined {
    if (!this.#queue.hasPublication && this.#end === undefined) return undefined;
    for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) {
      if (item.kind === 'publication') return item.publication;
      this.#events.emit('gap', item.gap);
    }
    if (this.#end?.error === undefined) return undefined;
    this.#noticed = true;
    throw this.#end.error;
  }

  async read({ timeoutMs, signal }: Omit<GetOptions, 'block'> = {}): Promise<Publication | undefined> {
    if (signal?.aborted) throw aborted(signal);
    const publication = this.poll();
    if (publication !== undefined || this.#end !== undefined) return publication;
    return new Promise((resolve, reject) => {
      const offs: (() => void)[] = [];
      const settled = (): void => {
        this.#readers.delete(reader);
        for (const off of offs) off();
      };
      const reader: Waiter<Publication | undefined> = {
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.#readers.add(reader);
      offs.push(onAbort(signal, (error) => reader.reject(error)));
      if (timeoutMs !== undefined) {
        const late = (): void =>
          reader.reject(new ZerospanError('timeout', `nothing came within ${timeoutMs} ms`));
        offs.push(this.#clock.later(timeoutMs, late));
      }
    });
  }

  granted(subscription: Subscription): void {
    this.#grants.get(subscription)?.resolve();
    this.#grants.delete(subscription);
  }

  live(isIncomplete: boolean): void {
    if (this.#end === undefined) this.#events.emit('live', isIncomplete);
  }

  /** One that was granted before and is refused after a reconnect would be missed in silence: the whole feed ends. */
  refused(subscription: Subscription, error: ZerospanError): void {
    if (subscription === this.#first || !this.#grants.has(subscription)) void this.end(error);
    else this.#drop(subscription, error);
  }

  /** Ends it once; what waits in the queue can still be read. Settles when the server knows, or is gone. */
  async end(error?: ZerospanError, forGrants = error ?? new ZerospanError('closed')): Promise<void> {
    if (this.#end !== undefined) return;
    this.#end = { error };
    // What nobody may ever read must not hold up the connection.
    this.#queue.letGo();
    const answers = this.#subscriptions.map((subscription) => this.#table.end(subscription));
    for (const subscription of this.#subscriptions) this.#drop(subscription, forGrants);
    this.#serve();
    for (const reader of this.#readers) {
      if (error === undefined) reader.resolve(undefined);
      else reader.reject(error);
      this.#noticed = true;
    }
    this.#events.emit('close', error);
    await Promise.all(answers);
  }

  /** Hands the readers who wait what is there. Item by item, because a gap's listener may read or give up reading. */
  #serve(): void {
    while (this.#readers.size > 0 && !this.#queue.empty) {
      const item = this.#queue.shift();
      if (item?.kind === 'gap') this.#events.emit('gap', item.gap);
      const [reader] = this.#readers;
      if (item?.kind === 'publication') reader?.resolve(item.publication);
    }
  }

  #flush(): void {
    while (this.#end === undefined && !this.#queue.empty && this.#events.hears('publication')) {
      const item = this.#queue.shift();
      if (item?.kind === 'publication') this.#events.emit('publication', item.publication);
      else if (item?.kind === 'gap') this.#events.emit('gap', item.gap);
    }
  }

  #drop(subscription: Subscription, error: ZerospanError | undefined): void {
    this.#has(this.#subscriptions.filter((each) => each !== subscription));
    const grant = this.#grants.get(subscription);
    this.#grants.delete(subscription);
    if (error === undefined) grant?.resolve();
    else grant?.reject(error);
  }

  #has(subscriptions: readonly Subscription[]): void {
    this.#subscriptions = subscriptions;
    this.#filters = subscriptions.flatMap(({ set }) => toFilters(set));
  }
}
