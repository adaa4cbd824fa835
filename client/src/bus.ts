import {
  type Clock,
  type Filter,
  type FilterSet,
  isPosition,
  type Position,
  systemClock,
  ZerospanError,
} from '@zerospan/shared';
import { platformSocket } from '#socket';
import { onAbort } from './abort.ts';
import type { AnyChannels, ChannelOf, FilterOf, MessageOf, MessageTo } from './channel-map.ts';
import { isConnected } from './connection/away.ts';
import { platformNews } from './connection/news.ts';
import { Emitter } from './emitter.ts';
import { Exchange } from './exchange.ts';
import { Poll, type PollOptions } from './poll/poll.ts';
import { Outcome } from './puts/outcome.ts';
import { Publisher } from './puts/publisher.ts';
import { checkConfirm, goodChannels, textOf } from './puts/put-check.ts';
import { Readiness } from './readiness.ts';
import { checkOnLag, checkReplay, goodFilters, patternHint } from './subscriptions/filters.ts';
import { Subscriber } from './subscriptions/subscriber.ts';
import type {
  BusOptions,
  PutOptions,
  PutResult,
  QueueBounds,
  State,
  StateDetail,
  SubscribeOptions,
} from './types.ts';
import { socketUrl } from './url.ts';
import { View, type ViewOptions } from './view/view.ts';

/** How long `close()` waits for answers to pending puts by default, in ms. */
const DRAIN_MS = 5_000;

/** Ends of a subscriber that the user caused, or that the bus reports once for all subscribers. */
const KNOWN: ReadonlySet<string> = new Set(['closed', 'aborted', 'rejected', 'unauthorized', 'revoked']);

type BusEvents = { state: [State, StateDetail]; error: [ZerospanError]; warning: [string] };

/**
 * A connection to a Zerospan server that lasts: it connects at once, comes back for ever when it is lost, and its
 * subscribers go on where they were.
 *
 * `Channels` maps channel names, or prefixes such as `vote.${string}`, to the messages that they carry.
 */
export class Bus<Channels extends object = AnyChannels> {
  readonly #clock: Clock;
  readonly #bounds: QueueBounds;
  readonly #exchange: Exchange;
  readonly #publisher: Publisher<Channels>;
  readonly #events = new Emitter<BusEvents>();
  readonly #warned = new Set<string>();
  readonly #readiness = new Readiness();
  #isMade = false;
  #hinted = false;

  /**
   * @param url `ws:` or `wss:`, with the path of the bus; without a path it is `/bus`. `http:` and `https:` are taken
   * as these. In a page it may be relative: `/bus`
   * @throws TypeError for another url, or a `resume` that is no position
   * @throws ZerospanError `bad-hello` for a `name` that no server takes
   * @throws ZerospanError `missing-global` where the environment lacks what the client needs: it names the global and a
   * polyfill
   */
  constructor(url: string, options: BusOptions = {}) {
    const { token, name, resume, queue = {}, WebSocket: Socket = platformSocket() } = options;
    const { clock = systemClock, random = Math.random, news = platformNews() } = options;
    if (resume !== undefined && !isPosition(resume)) {
      throw new TypeError('resume is a position: { epoch, offset }');
    }
    this.#clock = clock;
    this.#bounds = queue;
    this.#exchange = new Exchange(
      { url: socketUrl(url), Socket, token, clock, random, news },
      { resume, name },
      (state, detail) => this.#is(state, detail),
      (error) => this.#failed(error),
    );
    this.#publisher = this.publish();
    this.#exchange.start();
    this.#isMade = true;
  }

  /**
   * Resolves when the server says welcome for the first time. Rejects only when the bus is closed before: with
   * `closed`, or with what the server closed it for. While the bus tries again it waits; see {@link lastFailure}. Never
   * an unhandled rejection.
   */
  get ready(): Promise<void> {
    return this.#readiness.promise;
  }

  /**
   * Why the last attempt to connect failed, or the last connection ended; it stays when the bus is live again.
   * undefined: nothing of that kind has happened.
   */
  get lastFailure(): ZerospanError | undefined {
    return this.#exchange.lastFailure;
  }

  /**
   * In how many ms the next attempt to connect begins; undefined while none is waited for. For a countdown that news
   * cuts short.
   */
  get retryInMs(): number | undefined {
    return this.#exchange.retryInMs;
  }

  /**
   * Ends a wait for the next attempt to connect, for a button that says so. Two attempts are 2 s apart all the same,
   * and one for which a server that stops has given a time waits for it. Without a wait it does nothing.
   */
  retryNow(): void {
    this.#exchange.retryNow();
  }

  /** Where the connection stands. It begins as `connecting`. */
  get state(): State {
    return this.#exchange.current;
  }

  /**
   * How far the connection has come; undefined while that is not known. To go on from here with another bus later, give
   * it as `resume`. What still waits in subscribers' queues lies before it: to be exact, keep the `epoch` and `offset`
   * of the last publication that was dealt with.
   */
  get position(): Position | undefined {
    return this.#exchange.tracker.position;
  }

  /**
   * Subscribes to channels by their exact names, to `{ prefix }`, or to `''`: all channels but those that begin with
   * `$`.
   *
   * @throws ZerospanError `bad-filter` (an empty list is one), `too-many-filters`, `too-large` or `bad-replay`
   * @throws TypeError for an `onLag` that is none of the three
   * @throws RangeError for a bound of the queue that is not a whole number from 1, or another `whenFull`
   */
  subscribe<const F extends FilterOf<Channels>>(
    filters: F | readonly F[],
    options: SubscribeOptions = {},
  ): Subscriber<MessageOf<Channels, F>> {
    const { replay, onLag, queue, signal } = options;
    const set = this.#goodFilters(filters);
    if (replay !== undefined) checkReplay(replay, this.#exchange.puts.limits);
    checkOnLag(onLag);
    const feed = this.#exchange.feed({ ...this.#bounds, ...queue });
    const ready = this.#reportingFailure(feed.open(set, { replay, onLag }), () => !feed.noticed);
    feed.on(
      'close',
      onAbort(signal, (error) => void feed.end(undefined, error)),
    );
    return new Subscriber(feed, ready, {
      filters: (some) => this.#goodFilters(some),
      reportingFailure: (promise) => this.#reportingFailure(promise),
    });
  }

  /**
   * The newest publication of each channel that the filters match, kept up to date: see {@link View}.
   *
   * @throws like {@link subscribe}; RangeError for a `limit` that is not a whole number from 1
   */
  view<const F extends FilterOf<Channels>>(
    filters: F | readonly F[],
    options: ViewOptions = {},
  ): View<MessageOf<Channels, F>> {
    const exchange = this.#exchange;
    return new View(this.#goodFilters(filters), options, {
      clock: this.#clock,
      opened: exchange.subscriptions.isResuming ? this.ready : undefined,
      epoch: () => exchange.tracker.epoch,
      feed: () => exchange.feed(this.#bounds),
      atHead: (action) => (isConnected(exchange.current) ? exchange.tracker.atHead(action) : () => {}),
      onLost: (action) => this.#events.on('state', (state) => !isConnected(state) && action()),
      reportingFailure: (promise) => this.#reportingFailure(promise),
    });
  }

  /** A publisher on this bus. They all share its bounds; there may be any number. */
  publish(): Publisher<Channels> {
    return new Publisher(this.#exchange.puts, this.#clock, (error) => this.#failed(error));
  }

  /** The same as `publish().put`; see {@link Publisher.put}. */
  put<const Name extends ChannelOf<Channels>>(
    channels: Name | readonly Name[],
    message: MessageTo<Channels, Name>,
    options?: PutOptions,
  ): Promise<PutResult> {
    return this.#publisher.put(channels, message, options);
  }

  /**
   * Puts a question on several channels at once, and collects what each of them answers: see {@link Poll}. Several
   * voters on one channel are a tally over a subscription, not a poll.
   *
   * @throws ZerospanError `no-channels`, `bad-channel`, `reserved-channel`, `too-many-channels`, `too-many-filters` or
   * `too-large` for more channels than one put or one subscription may have; `bad-confirm`
   * @throws RangeError for a `timeoutMs` out of range; TypeError for another `keep`
   */
  poll<const Name extends ChannelOf<Channels>>(
    channels: Name | readonly Name[],
    question: MessageTo<Channels, Name>,
    options: PollOptions<Channels[Name]> = {},
  ): Poll<Channels[Name]> {
    const { puts } = this.#exchange;
    checkConfirm(options.confirm, puts.limits);
    const names = goodChannels(channels, puts.limits);
    const set = this.#goodFilters(names);
    return new Poll({ channels: names, set, message: question, text: () => textOf(question) }, options, {
      clock: this.#clock,
      feed: (bounds) => this.#exchange.feed(bounds),
      put: (to, request) => puts.put(to, request),
      reportingFailure: (promise, isNews) => this.#reportingFailure(promise, isNews),
    });
  }

  /**
   * `state`: it has changed; the second argument says in how many ms the next attempt begins, which one it is, and why;
   * with `stale`, for how long the server has not reached its log.
   *
   * `error`: something failed that nobody awaits. A connection that fails is reported when it fails first and with each
   * new `code`, until a connection has lasted for a minute; `error.final` is `false` while the bus tries again by
   * itself. Without a listener an error is shown by `console.warn`, each code once; a listener, even an empty one,
   * turns that off.
   *
   * `warning`: what works and is probably not meant, such as a subscription to `vote.*`, which is a plain name here;
   * each once. Without a listener `console.warn` shows it. Answers a function that takes the listener off.
   */
  on<E extends keyof BusEvents>(event: E, listener: (...args: BusEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Closes its subscribers, takes no more puts, lets those that wait be sent and answered, then closes the connection.
   * Puts that are still not sent reject with `closed`, those without an answer with `outcome-unknown`. Idempotent,
   * never rejects.
   * @param options `timeoutMs`: how long puts may take. Default 5,000 ms; 0 waits for none.
   */
  close({ timeoutMs = DRAIN_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    return this.#exchange.close(timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A promise whose failure is reported as an error of the bus if nobody handles it. */
  #reportingFailure<T>(promise: Promise<T>, isNews: () => boolean = () => true): Outcome<T> {
    const unasked = (error: ZerospanError): void => {
      if (!KNOWN.has(error.code) && isNews()) this.#failed(error);
    };
    return Outcome.of<T>(this.#clock, unasked, (resolve, reject) => {
      promise.then(resolve, reject);
    });
  }

  #goodFilters(filters: Filter | readonly Filter[]): FilterSet {
    const set = goodFilters(filters, this.#exchange.puts.limits);
    const hint = this.#hinted ? undefined : patternHint(set);
    if (hint !== undefined) {
      this.#hinted = true;
      this.#hint(hint);
    }
    return set;
  }

  #hint(text: string): void {
    if (this.#events.hears('warning')) this.#events.emit('warning', text);
    else console.warn(`zerospan: ${text}`);
  }

  #is(state: State, detail: StateDetail): void {
    if (state === 'live') this.#readiness.fulfil();
    if (state === 'closed') this.#readiness.fail(detail.failure ?? new ZerospanError('closed'));
    this.#events.emit('state', state, detail);
  }

  #failed(error: ZerospanError): void {
    // The first attempt may fail within the constructor, before anybody can listen.
    if (!this.#isMade) void Promise.resolve().then(() => this.#failed(error));
    else if (this.#events.hears('error')) this.#events.emit('error', error);
    else this.#warn(error);
  }

  #warn({ code, message, remedy, final }: ZerospanError): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    const next = final ? '' : ' The bus goes on trying.';
    console.warn(`zerospan: ${message} ${remedy}${next} (${code}; bus.on('error') takes it instead)`);
  }
}
