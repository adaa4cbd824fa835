import { type Clock, type FilterSet, ZerospanError } from '@zerospan/shared';
import { onAbort } from '../abort.ts';
import { Emitter } from '../emitter.ts';
import type { Outcome } from '../puts/outcome.ts';
import { Readiness } from '../readiness.ts';
import type { Feed } from '../subscriptions/delivery/feed.ts';
import type { Gap, Publication } from '../types.ts';
import { Newest } from './newest.ts';

/** Channels that a view keeps when no `limit` is given. */
const CHANNELS_MOST = 10_000;

/**
 * A view that falls behind loads again when nothing was left out for this long, in ms: a load for each gap would slow
 * it further.
 */
const LAG_REST_MS = 1_000;

/** The most that it waits, in ms, where each load loses something itself: every further one waits twice as long. */
const RELOAD_MOST_MS = 60_000;

/**
 * `loading`: the snapshot has not come yet. `current`: it has everything that the log had when it was last connected,
 * and each change since. `stale`: without a connection, or after a gap; it becomes current again by itself. `closed`:
 * for good, by `close()`, with its bus, or with `error`.
 */
export type ViewState = 'loading' | 'current' | 'stale' | 'closed';

export interface ViewOptions {
  /** Channels that it keeps, a whole number from 1; the longest unchanged goes for one more. Default 10,000. */
  readonly limit?: number;
  /** Closes the view; `ready` rejects with `aborted` if it still waited. */
  readonly signal?: AbortSignal;
}

/** What a view needs of its bus. */
export interface ViewHome {
  readonly clock: Clock;
  /** With a bus that resumes: its first welcome. Before, it gives no snapshot: subscriptions begin where it was. */
  readonly opened: Promise<void> | undefined;
  /** That of the log that the bus is connected to, or was last. */
  epoch(): string | undefined;
  feed(): Feed;
  /** See `PositionTracker.atHead`. */
  atHead(action: () => void): () => void;
  /** Calls back when the connection is lost. Answers how to stop. */
  onLost(action: () => void): () => void;
  reportingFailure(promise: Promise<void>): Outcome<void>;
}

/**
 * The newest publication of each channel that some filters match: first as a snapshot, then by changes. Made by
 * `bus.view()`; it lasts over reconnects, loads again after gaps and restarts, and is current or says that it is not.
 */
export class View<T = unknown> implements AsyncDisposable {
  /**
   * Fulfils when the view is current for the first time. Rejects with what the server refused (`forbidden`, where no
   * grant covers the filters), `closed`, `aborted`, `rejected`, `unauthorized` or `revoked`. Never an unhandled
   * rejection.
   */
  readonly ready: Promise<void>;
  readonly #home: ViewHome;
  readonly #set: FilterSet;
  readonly #newest: Newest;
  readonly #events = new Emitter<{ change: [] }>();
  readonly #readiness = new Readiness();
  readonly #offs: (() => void)[] = [];
  #state: ViewState = 'loading';
  #error: ZerospanError | undefined;
  #feed: Feed | undefined;
  /** Whether the last load was given the snapshot: false without a grant for history. */
  #hasHistory = true;
  /** The epoch in which the log is known to have dropped the newest publication of a channel. */
  #lossyEpoch: string | undefined;
  #cancelReload: (() => void) | undefined;
  /** Loads after gaps since it was last current. */
  #reloads = 0;
  #cancelWait = (): void => {};
  #isNoticeDue = false;

  /** @internal */
  constructor(set: FilterSet, { limit = CHANNELS_MOST, signal }: ViewOptions, home: ViewHome) {
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new RangeError(`limit is a whole number from 1, not ${limit}`);
    this.#set = set;
    this.#home = home;
    this.#newest = new Newest(limit);
    this.ready = home.reportingFailure(this.#readiness.promise);
    this.#offs.push(home.onLost(() => this.#lost()));
    this.#offs.push(onAbort(signal, (error) => void this.#end(undefined, error)));
    const load = (): void => this.#load(true);
    if (home.opened === undefined) load();
    else home.opened.then(load, load);
  }

  get state(): ViewState {
    return this.#state;
  }

  /** What ended it; undefined while it lasts, and where its own `close()`, its signal or its bus did. */
  get error(): ZerospanError | undefined {
    return this.#error;
  }

  /**
   * By channel, the longest unchanged first. Another map after each change, made when it is read, and the same until
   * the next: fit for `useSyncExternalStore`.
   */
  get entries(): ReadonlyMap<string, Publication<T>> {
    // What a channel carries is what its users agreed on; nothing checks it.
    return this.#newest.entries as ReadonlyMap<string, Publication<T>>;
  }

  /**
   * False where a channel may be missing though the log had a publication of it: without a grant for history, where the
   * view begins empty; above `limit`; and once the log may have dropped the last publication of a channel: so the
   * server says, or a load shows it.
   */
  get complete(): boolean {
    const isLossy = this.#lossyEpoch !== undefined && this.#lossyEpoch === this.#home.epoch();
    return this.#hasHistory && !isLossy && !this.#newest.isOver;
  }

  /** The newest publication of a channel. Works detached from the view. */
  readonly get = (channel: string): Publication<T> | undefined =>
    this.#newest.get(channel) as Publication<T> | undefined;

  /**
   * Calls back after changes of `entries` or `state`, once a turn of the event loop however many there were. Answers a
   * function that stops it. Works detached from the view.
   */
  readonly subscribe = (listener: () => void): (() => void) => this.#events.on('change', listener);

  /** Receives nothing more; what it has can still be read. Idempotent, never rejects. */
  close(): Promise<void> {
    return this.#end(undefined, new ZerospanError('closed'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @param withHistory whether to ask for the snapshot, or only for what comes from now on */
  #load(withHistory: boolean): void {
    if (this.#state === 'closed') return;
    this.#cancelWait();
    const before = this.#feed;
    const feed = this.#home.feed();
    this.#feed = feed;
    // First, so that the session never has both.
    void before?.end();
    this.#hasHistory = withHistory;
    this.#newest.loads();
    feed.on('publication', (publication) => this.#take(publication));
    feed.on('gap', (gap) => this.#gap(gap));
    feed.on('live', (isIncomplete) => this.#live(isIncomplete));
    const ended = (error: ZerospanError | undefined): void => {
      if (feed !== this.#feed) return;
      if (error?.code === 'forbidden' && withHistory) this.#load(false);
      else void this.#end(error?.code === 'closed' ? undefined : error, error ?? new ZerospanError('closed'));
    };
    feed.on('close', ended);
    const replay = withHistory ? { replay: { last: 1 } } : {};
    // One of a closed bus has ended before anybody could listen.
    feed.open(this.#set, { ...replay, onLag: 'latest' }).catch(ended);
  }

  #take(publication: Publication): void {
    if (this.#newest.take(publication)) this.#changed();
  }

  /** The subscription is live. The session may still be behind; then the view waits until it has reached the head. */
  #live(isIncomplete: boolean): void {
    if (isIncomplete) this.#lossyEpoch = this.#home.epoch();
    this.#cancelWait();
    this.#cancelWait = this.#home.atHead(() => this.#caughtUp());
  }

  #caughtUp(): void {
    // What is left out now is loaded soon.
    if (this.#cancelReload !== undefined) return;
    const gone = this.#newest.hasLoaded();
    const epoch = this.#home.epoch();
    // What is of a log that has ended, the new one never had.
    if (epoch !== undefined && gone?.has(epoch)) this.#lossyEpoch = epoch;
    this.#reloads = 0;
    this.#is('current');
    this.#readiness.fulfil();
  }

  #lost(): void {
    this.#cancelWait();
    if (this.#state === 'current') this.#is('stale');
  }

  /**
   * Something newer may be missing of any channel that the gap touches, and nobody says of which: all are loaded again.
   * What was lost on its way to the log is no publication: the newest of that channel is still the newest.
   */
  #gap({ reason }: Gap): void {
    if (reason === 'upstream') return;
    // Without history nothing can be loaded again, and the newest of each channel comes behind this gap.
    if (reason === 'lag' && !this.#hasHistory) return;
    const rests = reason === 'lag' || this.#reloads > 0;
    const delayMs = rests ? Math.min(LAG_REST_MS * 2 ** this.#reloads, RELOAD_MOST_MS) : 0;
    this.#cancelReload?.();
    this.#cancelReload = this.#home.clock.later(delayMs, () => {
      this.#cancelReload = undefined;
      this.#reloads += 1;
      this.#load(true);
    });
    if (this.#state === 'current') this.#is('stale');
  }

  #end(error: ZerospanError | undefined, forReady: ZerospanError): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    this.#error = error;
    this.#cancelReload?.();
    this.#cancelWait();
    for (const off of this.#offs.splice(0)) off();
    this.#is('closed');
    this.#readiness.fail(forReady);
    return this.#feed?.end() ?? Promise.resolve();
  }

  #is(state: ViewState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#changed();
  }

  #changed(): void {
    if (this.#isNoticeDue) return;
    this.#isNoticeDue = true;
    void Promise.resolve().then(() => {
      this.#isNoticeDue = false;
      this.#events.emit('change');
    });
  }
}
