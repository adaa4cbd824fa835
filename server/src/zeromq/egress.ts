import { type Context, XPublisher } from 'zeromq';
import type { Entry } from '../core/log/log.ts';
import type { Curve } from './curve.ts';
import { type Framing, nativeParts } from './framing.ts';
import { BRIDGE_CHANNEL, type LoopGuard } from './loop-guard.ts';
import { socketOptions } from './options.ts';
import { Peers } from './peers.ts';
import type { Logger } from './ports.ts';
import { startError } from './start-error.ts';
import { Topics } from './topics.ts';
import { wokeForNothing } from './woke.ts';

export interface EgressOptions {
  readonly context: Context;
  readonly address: string;
  readonly framing: Framing;
  /** Messages that wait for one peer at most; beyond it ZeroMQ drops that peer's in silence. */
  readonly highWaterMark: number;
  readonly maxPayloadBytes: number;
  /** Is told how many bridges listen, and sends to them through this socket. */
  readonly guard: Pick<LoopGuard, 'attach' | 'listeners'>;
  readonly curve: Pick<Curve, 'bound' | 'failedHandshake'>;
  readonly logger: Logger;
}

/** Messages below this are copied for ZeroMQ, which costs a twentieth of the call. */
const COPIED_BYTES = 4_096;

/** The bound XPUB socket: publications on their way to native subscribers, and what these want. */
export class Egress {
  /** Where it is bound; for port `*` the real one. */
  readonly address: string;
  readonly highWaterMark: number;
  readonly peers: Peers;
  readonly topics = new Topics();
  /** Publications handed to ZeroMQ: all since somebody subscribed to something first. */
  sent = 0;
  /** Publications that ZeroMQ did not take. */
  failed = 0;
  readonly #socket: XPublisher;
  readonly #options: EgressOptions;
  readonly #reading: Promise<void>;
  readonly #noteFailure = (error: unknown): void => this.#failedToSend(error);

  /** @throws StartError when the address cannot be bound */
  static open(options: EgressOptions): Egress {
    const { context, address, maxPayloadBytes, highWaterMark, curve } = options;
    const socket = new XPublisher({
      ...socketOptions({ context, address, maxPayloadBytes, security: curve.bound }),
      sendHighWaterMark: highWaterMark,
      // Otherwise a send may wait, and a second one beside it throws.
      sendTimeout: 0,
      // By default only the first of a topic's peers is reported.
      verbosity: 'allSubsUnsubs',
    });
    try {
      socket.bindSync(address);
    } catch (cause) {
      socket.close();
      throw startError('bus.address', address, cause);
    }
    return new Egress(options, socket);
  }

  private constructor(options: EgressOptions, socket: XPublisher) {
    this.#options = options;
    this.#socket = socket;
    this.address = socket.lastEndpoint ?? options.address;
    this.highWaterMark = options.highWaterMark;
    this.peers = new Peers({ failed: (why) => options.curve.failedHandshake(this.address, why) });
    options.guard.attach((payload) => this.#sendToBridges(payload));
    this.#reading = Promise.all([this.#readNotices(), this.peers.watch(socket)]).then(() => undefined);
  }

  /** How many subscriptions of native peers let a channel through now. */
  nativeSubscriptions(channel: string): number {
    return this.topics.wanting(channel);
  }

  /**
   * Sends a publication to the native subscribers that want it; one not to be republished is passed over. Until somebody
   * subscribes it is not handed to ZeroMQ, which takes longer to find that out than all the rest of a publication's way takes.
   */
  send(entry: Entry): void {
    if (!entry.republish || !this.topics.wereHeld || this.#socket.closed) return;
    this.sent++;
    const message = entry.frame.subarray(entry.nativeAt);
    // ZeroMQ holds what waits for a slow peer, thousands of messages: small ones would each keep a whole slab of the log alive.
    this.#send(message.length < COPIED_BYTES ? Buffer.from(message) : message);
  }

  /**
   * Closes the socket. What waits for peers is still sent for up to `lingerMs` in the background, which also holds up the end of
   * the process for as long; 0 drops it.
   */
  async close(lingerMs: number): Promise<void> {
    if (!this.#socket.closed) {
      this.#socket.linger = lingerMs;
      this.#socket.close();
    }
    await this.#reading;
  }

  #sendToBridges(payload: Uint8Array): void {
    if (this.#socket.closed || this.topics.holders(BRIDGE_CHANNEL) === 0) return;
    this.#send(Buffer.concat([Buffer.from(`${BRIDGE_CHANNEL} `), payload]));
  }

  #send(message: Buffer): void {
    try {
      this.#socket.send(nativeParts(message, this.#options.framing)).catch(this.#noteFailure);
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

  /** Subscriptions are counted here, and libzmq only goes on with them while they are read. */
  async #readNotices(): Promise<void> {
    while (!this.#socket.closed) {
      try {
        const [notice] = await this.#socket.receive();
        if (notice) this.#note(notice);
      } catch (error) {
        // Closing rejects the pending receive.
        if (this.#socket.closed) return;
        if (wokeForNothing(error)) continue;
        this.#options.logger.error(
          { err: error, address: this.address },
          'reading subscriptions from ZeroMQ failed',
        );
        return;
      }
    }
  }

  #note(notice: Buffer): void {
    const topic = notice.toString('latin1', 1);
    // Any other first byte is a message from an XSUB peer, which nobody here waits for.
    if (notice[0] === 1) this.topics.add(topic);
    else if (notice[0] === 0) this.topics.remove(topic);
    else return;
    if (topic === BRIDGE_CHANNEL) this.#options.guard.listeners(this.topics.holders(BRIDGE_CHANNEL));
  }
}
