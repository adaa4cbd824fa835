import type { Filter, FilterSet, ZerospanError } from '@zerospan/shared';
import type { Outcome } from '../puts/outcome.ts';
import type { Gap, GetOptions, Publication } from '../types.ts';
import type { Feed } from './delivery/feed.ts';

/** What a subscriber needs of its bus besides its feed. */
export interface SubscriberHome {
  /** The filters that a user wrote; throws what the server would refuse. */
  filters(filters: Filter | readonly Filter[]): FilterSet;
  /** A promise whose failure goes to `bus.on('error')` when nobody asks for it. */
  reportingFailure(promise: Promise<void>): Outcome<void>;
}

/**
 * Receives the publications of some filters, in the order of the log. Made by `bus.subscribe()`; it lasts over
 * reconnects, without loss as far as the server's log reaches, until it is closed.
 *
 * There are three ways to read, and each publication goes one of them: `for await`, `get()`, or `on('publication')`.
 */
export class Subscriber<T = unknown> implements AsyncIterable<Publication<T>>, AsyncDisposable {
  /**
   * Fulfils when the server has said `subscribed` for the first time: every later publication is delivered. Rejects
   * with what it refused (`forbidden`, where no grant covers the filters), `closed`, `aborted`, `rejected`,
   * `unauthorized` or `revoked`. Never an unhandled rejection.
   */
  readonly ready: Promise<void>;
  readonly #feed: Feed;
  readonly #home: SubscriberHome;

  /** @internal */
  constructor(feed: Feed, ready: Promise<void>, home: SubscriberHome) {
    this.#feed = feed;
    this.ready = ready;
    this.#home = home;
  }

  /**
   * The next publication. Without `block`: the one that is there now, undefined when there is none. With `block` it
   * waits for one; undefined then means that the subscriber is closed and everything before has been read.
   *
   * Throws (or rejects with) what ended the subscriber, if it was not its own `close()`, once everything before has
   * been read; with `block` also `timeout` and `aborted`.
   */
  get(options?: { readonly block?: false }): Publication<T> | undefined;
  get(options: GetOptions): Promise<Publication<T> | undefined>;
  get(
    options?: { readonly block?: false } | GetOptions,
  ): Publication<T> | undefined | Promise<Publication<T> | undefined> {
    // What a channel carries is what its users agreed on; the map of the bus says so, nothing checks it.
    if (options?.block === true) return this.#feed.read(options) as Promise<Publication<T> | undefined>;
    return this.#feed.poll() as Publication<T> | undefined;
  }

  /**
   * Receives some more filters, from now on. Fulfils when the server has said `subscribed`; rejects with `bad-filter`,
   * `too-many-filters`, `too-large`, what the server refused, or `closed`. The subscriber goes on without them then. A
   * failure that nobody asks for goes to `bus.on('error')`.
   */
  add(filters: Filter | readonly Filter[]): Promise<void> {
    const open = async (): Promise<void> => this.#feed.open(this.#home.filters(filters));
    return this.#home.reportingFailure(open());
  }

  /**
   * Removes filters, compared as they were written: nothing of them is received from this call on. Filters that it does
   * not have are ignored. Fulfils when the server has answered; while there is no connection, at once. Rejects with
   * `bad-filter` or `closed`; a failure that nobody handles goes to `bus.on('error')`.
   */
  remove(filters: Filter | readonly Filter[]): Promise<void> {
    const narrow = async (): Promise<void> => this.#feed.narrow(this.#home.filters(filters));
    return this.#home.reportingFailure(narrow());
  }

  /**
   * `publication`: from the first such listener on, publications go to the listeners instead of the queue, those that
   * wait there first. `gap`: some publications cannot be delivered; called at their place, before the next publication
   * is handed over. `close`: nothing is added any more; with an error unless `close()` or the signal ended it. Answers
   * a function that takes the listener off.
   */
  on(event: 'publication', listener: (publication: Publication<T>) => void): () => void;
  on(event: 'gap', listener: (gap: Gap) => void): () => void;
  on(event: 'close', listener: (error: ZerospanError | undefined) => void): () => void;
  on(
    event: 'publication' | 'gap' | 'close',
    // Each event has its own argument, as the overloads above say.
    listener: (argument: never) => void,
  ): () => void {
    return this.#feed.on(event, listener as (argument: unknown) => void);
  }

  /**
   * Receives nothing more; what waits can still be read, and iterators end after it. Idempotent, never rejects. Fulfils
   * when the server has answered or is gone.
   */
  close(): Promise<void> {
    return this.#feed.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Publication<T>, undefined> {
    return {
      next: async () => {
        const value = await this.get({ block: true });
        return value === undefined ? { done: true, value: undefined } : { done: false, value };
      },
      // Leaving a loop does not wait for the server.
      return: async () => {
        void this.close();
        return { done: true, value: undefined };
      },
    };
  }
}
