import { type Clock, ZerospanError } from '@zerospan/shared';
import { type Context, Subscriber } from 'zeromq';
import { Bursts } from './bursts.ts';
import type { Curve } from './curve.ts';
import { Drops } from './drops.ts';
import { type DropReason, type NativeMessage, parseMessage } from './framing.ts';
import { BRIDGE_CHANNEL, type LoopGuard } from './loop-guard.ts';
import { Losses } from './losses.ts';
import { socketOptions } from './options.ts';
import { Peers } from './peers.ts';
import type { Intake, Logger } from './ports.ts';
import { startError } from './start-error.ts';

/** Messages handed to the intake that it has not answered yet; at this many, reading waits. */
export const IN_FLIGHT_MAX = 1_024;

export interface IngressOptions {
  readonly context: Context;
  /** `bind`: publishers connect here (`bus.ingress`). `connect`: a publisher binds there (one of `bus.sources`). */
  readonly role: 'bind' | 'connect';
  readonly address: string;
  readonly intake: Intake;
  readonly guard: Pick<LoopGuard, 'hear'>;
  readonly maxPayloadBytes: number;
  readonly depth: number;
  /** Messages that wait here for the read loop; beyond it the publisher's own high-water mark is what drops. */
  readonly highWaterMark: number;
  /** Whether what comes in here also goes out on `bus.address`, until a loop is found. */
  readonly republish: boolean;
  readonly curve: Pick<Curve, 'bound' | 'source' | 'failedHandshake' | 'refusedBySource'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** One SUB socket and its one read loop: messages from native publishers, on their way to the log. */
export class Ingress {
  readonly role: 'bind' | 'connect';
  /** Where it is bound or connected; for port `*` the real one. */
  readonly address: string;
  readonly peers: Peers;
  readonly drops: Drops;
  /** What was lost before it came here. */
  readonly losses: Losses;
  /** Messages received, dropped ones included, announcements of bridges not. */
  received = 0;
  /** Messages and losses that the intake rejected. */
  failed = 0;
  readonly #socket: Subscriber;
  readonly #options: IngressOptions;
  readonly #bursts: Bursts;
  readonly #reading: Promise<void>;
  #republish: boolean;
  #looped = false;
  #inFlight = 0;
  /** Whether a message has been received and not been taken yet. */
  #hasInHand = false;
  /** Goes on with whoever waits for the intake; reading, or a drain. */
  #wake: (() => void) | undefined;
  readonly #answered = (): void => {
    this.#inFlight--;
    this.#wake?.();
  };
  readonly #refused = (error: unknown): void => {
    this.#notTaken(error);
    this.#answered();
  };

  /**
   * Opens the socket; when this returns it is being read.
   * @throws StartError when the address cannot be bound or connected to; a publisher that is not there yet is no error
   */
  static open(options: IngressOptions): Ingress {
    const { context, role, address, maxPayloadBytes, highWaterMark, curve } = options;
    const security = role === 'bind' ? curve.bound : curve.source(address);
    const socket = new Subscriber({
      ...socketOptions({ context, address, maxPayloadBytes, security }),
      receiveHighWaterMark: highWaterMark,
      // Never less often: the original's Publisher binds, waits 0.3 s and sends. Found 10 s later, it had been there for nothing.
      reconnectInterval: 100,
      reconnectMaxInterval: 0,
    });
    try {
      // Subscriptions are messages under a high-water mark of their own: thousands would be lost in silence. All, then, and
      // the channel of the loop guard, which tells the other side that a bridge listens.
      socket.subscribe(BRIDGE_CHANNEL, '');
      if (role === 'bind') socket.bindSync(address);
      else socket.connect(address);
    } catch (cause) {
      socket.close();
      throw startError(role === 'bind' ? 'bus.ingress' : 'bus.sources', address, cause);
    }
    // A SUB that binds loses what is sent before its first receive: the loop begins here, in the turn of the bind.
    return new Ingress(options, socket);
  }

  private constructor(options: IngressOptions, socket: Subscriber) {
    this.#options = options;
    this.#socket = socket;
    this.role = options.role;
    this.address = options.role === 'bind' ? (socket.lastEndpoint ?? options.address) : options.address;
    const { role, address } = this;
    const { logger, clock } = options;
    this.drops = new Drops(logger, clock, { address });
    // Publishers that connect keep what they cannot send, and some connect for one message: that they go is no sign of a loss.
    this.peers = new Peers(
      role === 'connect'
        ? { returned: () => void this.#returned(), failed: () => options.curve.refusedBySource(address) }
        : { failed: (why) => options.curve.failedHandshake(address, why) },
    );
    const tell = (channels: readonly string[], missed: number | null): void => {
      try {
        this.#handed(options.intake.lost(channels, missed));
      } catch (error) {
        this.#notTaken(error);
      }
    };
    this.losses = new Losses({
      role,
      address,
      peers: this.peers,
      tell,
      logger,
      clock,
      mostWaiting: options.highWaterMark,
    });
    this.#republish = options.republish;
    this.#bursts = new Bursts({
      socket,
      clock,
      take: (parts) => this.#take(parts),
      failed: (error) => logger.error({ err: error, address }, 'reading from ZeroMQ failed'),
    });
    this.#reading = Promise.all([this.#bursts.read(), this.peers.watch(socket)]).then(() => undefined);
  }

  /** Whether what comes in here also goes out on `bus.address`. */
  get republishes(): boolean {
    return this.#republish;
  }

  /** Whether republishing was turned off because this server heard itself here. */
  get looped(): boolean {
    return this.#looped;
  }

  /** Takes nothing more from ZeroMQ, and resolves when the intake has answered for all that it was given. */
  async close(): Promise<void> {
    this.#bursts.close();
    this.#wake?.();
    await this.#reading;
    while (this.#inFlight > 0) await this.#answer();
  }

  /** Takes one message; answers a promise if the next one must wait for something. */
  #take(parts: Buffer[]): Promise<void> | undefined {
    const message = parseMessage(parts, this.#options);
    if (typeof message !== 'string' && this.losses.mustWait(message)) return this.#takeLater(message, parts);
    this.#handle(message, parts);
    if (this.losses.isDue) this.losses.settle(this.#bursts.isDrained);
    return this.#inFlight >= IN_FLIGHT_MAX ? this.#answers() : undefined;
  }

  /** News of the peers are read before the message is judged. */
  async #takeLater(message: NativeMessage, parts: Buffer[]): Promise<void> {
    this.#hasInHand = true;
    await this.peers.settled();
    // It may be the first of the new connection.
    this.losses.settle(this.#bursts.isDrained);
    this.#handle(message, parts);
    this.#hasInHand = false;
    this.losses.settle(this.#bursts.isDrained);
    await this.#answers();
  }

  /** The log is slower than what comes: waits until it has answered for some of it. */
  async #answers(): Promise<void> {
    while (this.#inFlight >= IN_FLIGHT_MAX && !this.#socket.closed) await this.#answer();
  }

  async #returned(): Promise<void> {
    this.losses.returned();
    // News and messages come by different ways: what had come before is taken first.
    await this.peers.settled();
    if (!this.#hasInHand && !this.#socket.closed) this.losses.settle(this.#bursts.isDrained);
  }

  #handle(message: NativeMessage | DropReason, parts: readonly Buffer[]): void {
    if (typeof message !== 'string' && message.channel === BRIDGE_CHANNEL) {
      this.#hear(message.payload, parts);
      return;
    }
    this.received++;
    if (typeof message === 'string') {
      this.drops.drop(message, parts);
      return;
    }
    this.losses.before(message);
    const { channel, payload } = message;
    try {
      this.#handed(this.#options.intake.take(channel, payload, this.#republish));
    } catch (error) {
      this.#notTaken(error);
    }
  }

  /** Not awaited: the order of the calls is the order of the log, and the log may answer many at a time. */
  #handed(answer: Promise<unknown> | undefined): void {
    if (!answer) return;
    this.#inFlight++;
    answer.then(this.#answered, this.#refused);
  }

  #notTaken(error: unknown): void {
    if (error instanceof ZerospanError && error.code === 'too-many-names') {
      this.drops.drop(error.code, []);
      return;
    }
    this.failed++;
    if (this.failed !== 1 && this.failed % 1_000 !== 0) return;
    const about = { err: error, address: this.address, failed: this.failed };
    this.#options.logger.error(about, 'the log did not take a message from ZeroMQ');
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        this.#wake = undefined;
        before?.();
        resolve();
      };
    });
  }

  #hear(payload: Uint8Array, parts: readonly Buffer[]): void {
    const heard = this.#options.guard.hear(payload);
    if (heard === 'unreadable') {
      this.received++;
      this.drops.drop('reserved', parts);
    }
    if (heard !== 'own' || !this.#republish) return;
    this.#republish = false;
    this.#looped = true;
    this.#options.logger.warn(
      { address: this.address },
      `what this server sends on bus.address comes back to it from ${this.address}: a loop of bridges. What comes in from there is ` +
        'no longer sent out on bus.address. Remedy: take the address out of bus.sources on one side of the loop and restart.',
    );
  }
}
