import type { Clock } from '@zerospan/shared';
import type { Context } from 'zeromq';
import type { Entry } from '../../core/log/log.ts';
import { BRIDGE_CHANNEL, type LoopGuard } from '../bridge/loop-guard.ts';
import { Relay } from '../bridge/relay.ts';
import type { Curve } from '../curve/curve.ts';
import { type Framing, nativeParts } from '../framing.ts';
import type { Logger } from '../ports.ts';
import { Excesses, type ExcessFound } from '../sockets/excesses.ts';
import { isSpuriousWake, socketOptions } from '../sockets/options.ts';
import { Peers } from '../sockets/peers.ts';
import { reopened } from '../sockets/reopened.ts';
import { startError } from '../sockets/start-error.ts';
import { ManualPublisher } from './manual-publisher.ts';
import { Notices } from './notices.ts';
import { Subscriptions } from './subscriptions.ts';
import type { Topics } from './topics.ts';
import { WaitingBytes } from './waiting-bytes.ts';

export interface EgressOptions {
  readonly context: Context;
  readonly address: string;
  readonly framing: Framing;
  /** Messages that wait for one peer at most; beyond it ZeroMQ drops that peer's in silence. */
  readonly highWaterMark: number;
  /** Bytes that wait for one peer at most: where messages are large, the high-water mark is lowered. */
  readonly waitingBytes: number;
  /** Bytes of topics that all peers hold together. */
  readonly topicBytes: number;
  /** Size of the largest publication that there can be. */
  readonly largestBytes: number;
  /** Learns how many bridges of an older version listen, and sends to them through this socket. */
  readonly guard: Pick<LoopGuard, 'nonce' | 'attach' | 'listeners'>;
  readonly curve: Pick<Curve, 'bound' | 'failedHandshake'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** How long peers have for what waits for them when the high-water mark is lowered, in ms. */
const CUT_LINGER_MS = 200;

/** Longest topic, in bytes: ZeroMQ disconnects a peer that sends a longer one. */
const TOPIC_MAX_BYTES = 4_096;

/** The bound XPUB socket: publications on their way to native subscribers, and what these subscribe to. */
export class Egress {
  /** Where it is bound; for port `*` the real one. */
  readonly address: string;
  readonly peers: Peers;
  readonly excesses: Excesses;
  /** Publications handed to ZeroMQ: all since somebody subscribed to something first. */
  sent = 0;
  /** Publications that ZeroMQ did not take. */
  failed = 0;
  readonly #options: EgressOptions;
  readonly #relay: Relay;
  readonly #waiting: WaitingBytes;
  readonly #running: Promise<void>;
  #socket: ManualPublisher;
  #subscriptions = new Subscriptions();
  #closing = false;
  readonly #noteFailure = (error: unknown): void => this.#failedToSend(error);

  /** @throws StartError when the address cannot be bound */
  static open(options: EgressOptions): Egress {
    return new Egress(options, bound(options, options.address, options.highWaterMark));
  }

  private constructor(options: EgressOptions, socket: ManualPublisher) {
    this.#options = options;
    this.#socket = socket;
    const { guard, clock, logger, highWaterMark, waitingBytes, largestBytes } = options;
    this.address = socket.lastEndpoint ?? options.address;
    this.#waiting = new WaitingBytes({ mark: highWaterMark, bytes: waitingBytes, largest: largestBytes });
    this.excesses = new Excesses(this.address, logger, clock);
    this.peers = new Peers({ failed: (why) => options.curve.failedHandshake(this.address, why) });
    this.#relay = new Relay({ bridge: guard.nonce, clock, send: (parts) => this.#sendParts(parts) });
    guard.attach((payload) => this.#announce(payload));
    this.#running = this.#run();
  }

  get topics(): Topics {
    return this.#subscriptions.topics;
  }

  /** Messages that wait for one peer at most. */
  get highWaterMark(): number {
    return this.#waiting.mark;
  }

  /** Bridges that have this one as a source. */
  get bridges(): number {
    return this.#relay.listening;
  }

  /** How many subscriptions of native peers let a channel through now. */
  nativeSubscriptions(channel: string): number {
    return this.topics.subscriptionsTo(channel);
  }

  /**
   * Sends a publication to the native subscribers and bridges that subscribe to it; one not to be republished is
   * ignored. Until somebody subscribes it is not handed to ZeroMQ, which takes longer to find that out than all the
   * rest of a publication's way takes.
   */
  send(entry: Entry): void {
    if (!entry.republish) return;
    this.#relay.count();
    if (!this.topics.wereHeld || this.#socket.closed) return;
    this.sent++;
    const view = entry.text.subarray(entry.nativeAt);
    // What waits for a slow peer, thousands of messages, would each keep alive all that is in memory beside it.
    const message = view.buffer.byteLength > 2 * view.length ? Buffer.from(view) : view;
    this.#sendParts(nativeParts(message, this.#options.framing));
    this.#relay.publication(message, entry.origin);
    if (this.#waiting.sent(message.length)) this.#lowerMark(message.length);
  }

  /**
   * Closes the socket. What waits for peers is still sent for up to `lingerMs` in the background, which also holds up
   * the end of the process for as long; 0 drops it.
   */
  async close(lingerMs: number): Promise<void> {
    if (!this.#closing) this.#relay.end();
    this.#closing = true;
    if (!this.#socket.closed) {
      this.#socket.linger = lingerMs;
      this.#socket.close();
    }
    await this.#running;
  }

  /** Reads until it is closed; where connections had to be ended, the address is bound again. */
  async #run(): Promise<void> {
    for (;;) {
      await Promise.all([this.#readNotices(), this.peers.watch(this.#socket)]);
      if (this.#closing) return;
      this.#subscriptions = new Subscriptions();
      this.#listeners();
      const again = await this.#bindAgain();
      if (!again) return;
      this.#socket = again;
      if (this.#closing) return again.close();
    }
  }

  #bindAgain(): Promise<ManualPublisher | undefined> {
    const { clock, logger } = this.#options;
    return reopened({
      clock,
      logger,
      address: this.address,
      open: () => bound(this.#options, this.address, this.#waiting.mark),
      isClosing: () => this.#closing,
    });
  }

  /** Ends all connections: `#run` binds again. Where no peer was hostile, those that read get what waits for them. */
  #cut(...[excess, about]: ExcessFound): void {
    this.excesses.note(excess, about);
    this.peers.again();
    this.#socket.linger = excess === 'waiting-bytes' ? CUT_LINGER_MS : 0;
    this.#socket.close();
  }

  /** Too much might wait for a peer, and a lower mark holds for new connections alone. */
  #lowerMark(bytes: number): void {
    if (this.peers.connected === 0) {
      this.#waiting.reset();
      return;
    }
    const from = this.#waiting.mark;
    const to = this.#waiting.lower();
    this.#cut('waiting-bytes', { bytes, highWaterMark: { from, to } });
  }

  #announce(payload: Uint8Array): void {
    if (this.#socket.closed) return;
    this.#relay.announcement(payload);
    if (this.#subscriptions.guarded > 0)
      this.#sendParts(
        nativeParts(Buffer.concat([Buffer.from(`${BRIDGE_CHANNEL} `), payload]), this.#options.framing),
      );
  }

  #sendParts(parts: Buffer | Buffer[]): void {
    if (this.#socket.closed) return;
    try {
      this.#socket.send(parts).catch(this.#noteFailure);
    } catch (error) {
      // Thrown rather than rejected when the socket cannot be used at all: the log's other followers must not suffer.
      this.#failedToSend(error);
    }
  }

  #failedToSend(error: unknown): void {
    this.failed++;
    if (this.failed === 1 || this.failed % 1_000 === 0) {
      this.#options.logger.error({ err: error, failed: this.failed }, 'ZeroMQ did not take a publication');
    }
  }

  /** Subscriptions take effect here, and libzmq only goes on with them while they are read. */
  async #readNotices(): Promise<void> {
    const socket = this.#socket;
    const notices = new Notices();
    while (!socket.closed) {
      try {
        const parts = await socket.receive();
        const isNotice = parts.length === 1 && this.#subscriptions.note(parts[0] as Buffer, socket);
        const hasMore = socket.readable;
        const excess = notices.excessOf(parts, isNotice, hasMore) ?? this.#excessOfTopics(parts);
        if (excess && !(excess[0] === 'upstream-messages' && (await this.#hasOnePeer())))
          return this.#cut(...excess);
        // Behind the last one: what a peer is shows in all of its topics.
        if (!hasMore || notices.count % LISTENERS_EVERY === 0) this.#listeners();
      } catch (error) {
        // Closing rejects the pending receive.
        if (socket.closed) return;
        if (isSpuriousWake(error)) continue;
        this.#options.logger.error(
          { err: error, address: this.address },
          'reading subscriptions from ZeroMQ failed',
        );
        return;
      }
    }
  }

  /** Then none can be taken for another. */
  async #hasOnePeer(): Promise<boolean> {
    await this.peers.settled();
    return this.peers.connected <= 1;
  }

  #excessOfTopics([notice]: readonly Buffer[]): ExcessFound | undefined {
    const { bytes, size } = this.topics;
    if (bytes <= this.#options.topicBytes) return undefined;
    const topic = notice?.toString('latin1', 1, SHOWN_BYTES);
    return ['topics', { topics: size, bytes, topic }];
  }

  #listeners(): void {
    const { guarded, bridges } = this.#subscriptions;
    this.#relay.listeners(bridges);
    this.#options.guard.listeners(guarded + bridges);
  }
}

/** While notices keep coming, bridges among their peers are recognized after each 64 of them. */
const LISTENERS_EVERY = 64;

/** How much of a topic a log line shows, in bytes. */
const SHOWN_BYTES = 80;

/** @throws StartError */
function bound(options: EgressOptions, address: string, highWaterMark: number): ManualPublisher {
  const { context, curve } = options;
  const socket = new ManualPublisher({
    ...socketOptions({ context, address, maxMessageBytes: TOPIC_MAX_BYTES, security: curve.bound }),
    sendHighWaterMark: highWaterMark,
    // Otherwise a send may wait, and a second one beside it throws.
    sendTimeout: 0,
    manual: true,
    // Where more may wait, libzmq reads on for as long as they arrive, whole megabytes, before the first is seen here.
    // What a bridge subscribes to when it connects has to come in one piece, or it is taken for a plain subscriber for
    // a moment.
    receiveHighWaterMark: 4,
  });
  try {
    socket.bindSync(address);
    return socket;
  } catch (cause) {
    socket.close();
    throw startError('bus.address', address, cause);
  }
}
