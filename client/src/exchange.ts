import {
  type ErrorBody,
  encodeControl,
  type HelloBody,
  LIMITS,
  NAME_REMEDY,
  nameFault,
  type Position,
  type PublicationFrame,
  type ServerMessage,
  utf8Bytes,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Connection } from './connection/connection.ts';
import { Dialer, type DialerEvents, type Dialling } from './connection/dialer.ts';
import { refusal } from './connection/failures/refusal.ts';
import { Puts } from './puts/puts.ts';
import { randomId } from './random-id.ts';
import { Acks } from './subscriptions/delivery/acks.ts';
import { Budget } from './subscriptions/delivery/budget.ts';
import { Feed } from './subscriptions/delivery/feed.ts';
import { PositionTracker } from './subscriptions/position-tracker.ts';
import { Subscriptions } from './subscriptions/subscriptions.ts';
import type { QueueBounds, State, StateDetail } from './types.ts';

/** RFC 6455: a message was larger than the server takes. */
const TOO_LARGE = 1009;

/** Codes that are followed by the end for good. */
const ENDS: ReadonlySet<string> = new Set(['unauthorized', 'revoked']);

/** No fault of a bus, which counts what it hands over: its application reads slowly, or has chosen not to read. */
const WINDOW_FULL = 'window-full';

/** Room in `hello` for its brackets and keys. */
const BRACKETS_BYTES = 64;

/** What is said between a bus and its server, over all connections, from the first to the last. */
export class Exchange implements DialerEvents {
  readonly puts: Puts;
  readonly tracker: PositionTracker;
  readonly subscriptions: Subscriptions;
  readonly state: (state: State, detail: StateDetail) => void;
  readonly failed: (error: ZerospanError) => void;
  readonly #dialling: Dialling;
  readonly #dialer: Dialer;
  readonly #client = randomId();
  readonly #name: string | undefined;
  #connections = 0;
  readonly #feeds = new Set<Feed>();
  readonly #budget = new Budget(LIMITS.windowBytes);
  #closing: Promise<void> | undefined;
  /** Why nothing more can be asked for. */
  #ended: ZerospanError | undefined;

  constructor(
    dialling: Dialling,
    { resume, name }: { readonly resume: Position | undefined; readonly name: string | undefined },
    state: (state: State, detail: StateDetail) => void,
    failed: (error: ZerospanError) => void,
  ) {
    this.#dialling = dialling;
    this.#name = goodName(name);
    this.state = state;
    this.failed = failed;
    this.puts = new Puts(dialling.clock);
    this.tracker = new PositionTracker(resume);
    this.#dialer = new Dialer(dialling, this);
    this.subscriptions = new Subscriptions(this.tracker, dialling.clock, (frame) => this.#dialer.send(frame));
  }

  get current(): State {
    return this.#dialer.state;
  }

  get lastFailure(): ZerospanError | undefined {
    return this.#dialer.lastFailure;
  }

  get retryInMs(): number | undefined {
    return this.#dialer.retryInMs;
  }

  retryNow(): void {
    this.#dialer.retryNow();
  }

  start(): void {
    this.#dialer.start();
  }

  /** A new feed; one of a bus that is closed has ended before it began. */
  feed(bounds: QueueBounds): Feed {
    // One that waits takes no part in what the others share: the window is its bound.
    const budget = bounds.whenFull === 'wait' ? new Budget(Number.POSITIVE_INFINITY) : this.#budget;
    const feed = new Feed(this.subscriptions, this.#dialling.clock, bounds, budget);
    if (this.#ended !== undefined) {
      void feed.end(this.#ended);
      return feed;
    }
    this.#feeds.add(feed);
    feed.on('close', () => this.#feeds.delete(feed));
    return feed;
  }

  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  hello(token: string | undefined): Omit<HelloBody, 'protocol'> {
    const { epoch } = this.tracker;
    this.#connections += 1;
    const head = {
      client: this.#client,
      connection: this.#connections,
      acks: true,
      ...(this.#name !== undefined && { name: this.#name }),
      ...(token !== undefined && { token }),
      ...(epoch !== undefined && { epoch }),
    };
    const headBytes = utf8Bytes(JSON.stringify(head)) + BRACKETS_BYTES;
    return { ...head, subscriptions: this.subscriptions.hello(this.puts.limits.envelopeBytes - headBytes) };
  }

  welcomed(welcome: WelcomeBody, connection: Connection): void {
    this.#budget.resize(welcome.limits.windowBytes);
    this.subscriptions.welcomed(welcome, this.tracker.welcomed(welcome), this.#acks(welcome));
    this.puts.welcomed(welcome, connection);
  }

  publication(frame: PublicationFrame, bytes: number): void {
    this.subscriptions.publication(frame, bytes);
  }

  said(message: ServerMessage, bytes: number): void {
    if ('subscribed' in message) this.subscriptions.subscribed(message.subscribed);
    else if ('unsubscribed' in message) this.subscriptions.unsubscribed(message.unsubscribed.id);
    else if ('replay' in message) this.subscriptions.replay(message.replay);
    else if ('live' in message) this.subscriptions.live(message.live);
    else if ('accepted' in message) {
      this.puts.accepted(message.accepted);
      for (const { offset } of message.accepted.channels) this.tracker.knows(offset);
    } else if ('confirmed' in message) this.puts.confirmed(message.confirmed);
    else if ('gap' in message) this.subscriptions.gap(message.gap, bytes);
    else if ('draining' in message) this.puts.hold();
    else if ('beat' in message) this.tracker.moved(message.beat.offset);
    else if ('error' in message) this.#wrong(message.error);
    else if ('refused' in message) {
      const { put, subscription } = message.refused;
      if (put !== undefined) this.puts.refused(put, refusal(message.refused));
      if (subscription !== undefined) this.subscriptions.refused(subscription, refusal(message.refused));
    }
    this.puts.roomAgain();
  }

  lost(closeCode: number): void {
    this.subscriptions.lost();
    this.puts.lost(closeCode === TOO_LARGE);
  }

  rejected(error: ZerospanError): void {
    this.#ended ??= error;
    for (const feed of this.#feeds) void feed.end(error);
    this.puts.stop(error);
    this.failed(error);
  }

  /** An error that ends the connection for good is reported with that end, so not here. */
  #wrong(body: ErrorBody): void {
    const error = refusal(body);
    if (!ENDS.has(error.code) && error.code !== WINDOW_FULL) this.failed(error);
  }

  #acks({ from, limits }: WelcomeBody): Acks {
    return new Acks(this.#dialling.clock, limits.windowBytes, from, (ack) =>
      this.#dialer.send(encodeControl({ ack })),
    );
  }

  async #close(timeoutMs: number): Promise<void> {
    const error = this.#ended ?? new ZerospanError('closed');
    this.#ended = error;
    this.puts.close(error);
    for (const feed of this.#feeds) void feed.end();
    await new Promise<void>((resolve) => {
      const giveUp = this.#dialling.clock.later(timeoutMs, resolve);
      void this.puts.idle().then(() => {
        giveUp();
        resolve();
      });
    });
    const stopped = this.#dialer.stop();
    this.puts.stop(error);
    await stopped;
  }
}

/** @throws ZerospanError for a name that a server would reject the client for */
function goodName(name: string | undefined): string | undefined {
  if (name === undefined || name === '') return undefined;
  const fault = nameFault(name);
  if (fault === undefined) return name;
  throw new ZerospanError('bad-hello', `name: ${fault}.`, { remedy: NAME_REMEDY });
}
