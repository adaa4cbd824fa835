import { type Clock, ZerospanError } from '@zerospan/shared';
import { type Context, Subscriber } from 'zeromq';
import { Circle } from '../bridge/circle.ts';
import { BRIDGE_CHANNEL, type LoopGuard } from '../bridge/loop-guard.ts';
import type { Origins } from '../bridge/origins.ts';
import { RelayReader } from '../bridge/relay-reader.ts';
import { isRelayed, originText, RELAY_TOPIC } from '../bridge/wire.ts';
import type { Curve } from '../curve/curve.ts';
import { type DropReason, type NativeMessage, parseMessage } from '../framing.ts';
import type { Intake, Logger } from '../ports.ts';
import { Excesses, PARTS_MAX } from '../sockets/excesses.ts';
import { socketOptions } from '../sockets/options.ts';
import { Peers } from '../sockets/peers.ts';
import { reopened } from '../sockets/reopened.ts';
import { startError } from '../sockets/start-error.ts';
import { Bursts } from './bursts.ts';
import { Drops } from './drops.ts';
import { InFlight } from './in-flight.ts';
import { Losses } from './losses.ts';

export interface IngressOptions {
  readonly context: Context;
  /** `bind`: publishers connect here (`bus.ingress`). `connect`: a publisher binds there (one of `bus.sources`). */
  readonly role: 'bind' | 'connect';
  readonly address: string;
  readonly intake: Intake;
  readonly guard: Pick<LoopGuard, 'hear'>;
  /** Which publications of other bridges were taken, by whatever source they came. */
  readonly origins: Pick<Origins, 'take'>;
  readonly maxPayloadBytes: number;
  readonly depth: number;
  /** Messages that wait here for the read loop; beyond it the publisher's own high-water mark is what drops. */
  readonly highWaterMark: number;
  /** Bytes of such messages, if they are all as large as they may be. */
  readonly waitingBytes: number;
  /** Whether what comes in here also goes out on `bus.address`. */
  readonly republish: boolean;
  readonly curve: Pick<Curve, 'bound' | 'source' | 'failedHandshake' | 'refusedBySource'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Far more than a payload, so that a message a little too large is dropped and counted, and its sender stays connected.
 */
const OVERSIZE = 8;

/** One SUB socket and its one read loop: messages from native publishers and bridges, on their way to the log. */
export class Ingress {
  readonly role: 'bind' | 'connect';
  /** Where it is bound or connected; for port `*` the real one. */
  readonly address: string;
  readonly peers: Peers;
  readonly drops: Drops;
  readonly excesses: Excesses;
  /** What was lost before it came here. */
  readonly losses: Losses;
  /** Messages received, dropped ones included, what bridges say of themselves not. */
  received = 0;
  /** Messages and losses that the intake rejected. */
  failed = 0;
  readonly #options: IngressOptions;
  readonly #circle: Circle;
  readonly #relay: RelayReader;
  readonly #inFlight = new InFlight((error) => this.#notTaken(error));
  readonly #running: Promise<void>;
  #bursts: Bursts;
  #closing = false;
  /** Whether a message has been received and not been taken yet. */
  #hasInHand = false;
  /**
   * Opens the socket; when this returns it is being read.
   * @throws StartError when the address cannot be bound or connected to; a publisher that is not there yet is no error
   */
  static open(options: IngressOptions): Ingress {
    // A SUB that binds loses what is sent before its first receive: the loop begins here, in the turn of the bind.
    return new Ingress(options, opened(options, options.address));
  }

  private constructor(options: IngressOptions, socket: Subscriber) {
    this.#options = options;
    this.role = options.role;
    this.address = options.role === 'bind' ? (socket.lastEndpoint ?? options.address) : options.address;
    const { role, address } = this;
    const { logger, clock, guard, origins } = options;
    this.drops = new Drops(logger, clock, { address });
    this.excesses = new Excesses(address, logger, clock);
    this.#circle = new Circle({ address, logger, clock });
    // Publishers that connect keep what they cannot send, and some connect for one message: that they go is no sign of
    // a loss.
    this.peers = new Peers(
      role === 'connect'
        ? { returned: () => void this.#returned(), failed: () => options.curve.refusedBySource(address) }
        : { failed: (why) => options.curve.failedHandshake(address, why) },
    );
    this.losses = new Losses({
      role,
      address,
      peers: this.peers,
      report: (channels, missed) => {
        try {
          this.#inFlight.add(options.intake.lost(channels, missed));
        } catch (error) {
          this.#notTaken(error);
        }
      },
      logger,
      clock,
      mostWaiting: options.highWaterMark,
    });
    this.#relay = new RelayReader({
      origins,
      guard,
      standing: (header) => {
        this.#circle.gone();
        this.losses.standing(header);
      },
      fresh: (frame, origin) =>
        this.#publication(parseMessage([frame], options), [frame], originText(origin)),
      unsure: (frame) => {
        const message = parseMessage([frame], options);
        if (typeof message !== 'string') this.losses.unsure(message.channel);
      },
    });
    this.#bursts = this.#burstsOf(socket);
    this.#running = this.#run(socket);
  }

  /** Whether what comes in here also goes out on `bus.address`. */
  get republishes(): boolean {
    return this.#options.republish && !this.#circle.isClosed;
  }

  /** Whether republishing is turned off because this server heard itself here. */
  get looped(): boolean {
    return this.#circle.isClosed;
  }

  /** Publications that bridges sent here, and that had come before. */
  get duplicates(): number {
    return this.#relay.duplicates;
  }

  /** Takes nothing more from ZeroMQ, and resolves when the intake has answered for all that it was given. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#circle.close();
    this.#bursts.close();
    await this.#inFlight.drained(this.#running);
  }

  #burstsOf(socket: Subscriber): Bursts {
    const { clock, logger } = this.#options;
    return new Bursts({
      socket,
      clock,
      take: (parts) => this.#take(parts),
      failed: (error) => logger.error({ err: error, address: this.address }, 'reading from ZeroMQ failed'),
    });
  }

  /** Reads until it is closed; where connections had to be ended, the address is opened again. */
  async #run(first: Subscriber): Promise<void> {
    const { clock, logger } = this.#options;
    const { address } = this;
    const open = (): Subscriber => opened(this.#options, address);
    const isClosing = (): boolean => this.#closing;
    for (let socket: Subscriber | undefined = first; ; ) {
      await Promise.all([this.#bursts.read(), this.peers.watch(socket)]);
      if (this.#closing) return;
      socket = await reopened({ address, clock, logger, open, isClosing });
      if (!socket) return;
      this.#bursts = this.#burstsOf(socket);
      if (this.#closing) return this.#bursts.close();
    }
  }

  /** Takes one message; answers a promise if the next one must wait for something. */
  #take(parts: Buffer[]): Promise<void> | undefined {
    if (this.role === 'connect' && isRelayed(parts[0])) {
      if (!this.#relay.take(parts)) this.#publication('reserved', parts);
    } else {
      const message = parseMessage(parts, this.#options);
      if (typeof message !== 'string' && this.losses.mustWait(message))
        return this.#takeLater(message, parts);
      this.#handle(message, parts);
    }
    if (this.losses.isDue) this.losses.settle(this.#bursts.isDrained);
    return this.#inFlight.isFull ? this.#inFlight.room() : undefined;
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
    await this.#inFlight.room();
  }

  async #returned(): Promise<void> {
    this.losses.returned();
    // News and messages come by different ways: what had come before is taken first.
    await this.peers.settled();
    if (!this.#hasInHand && !this.#bursts.isClosed) this.losses.settle(this.#bursts.isDrained);
  }

  #handle(message: NativeMessage | DropReason, parts: readonly Buffer[]): void {
    if (typeof message === 'string') this.#publication(message, parts);
    else if (message.channel === BRIDGE_CHANNEL) this.#hear(message.payload, parts);
    else {
      this.losses.before(message);
      this.#publication(message, parts);
    }
  }

  /** @param origin where it came from, if a bridge says it */
  #publication(message: NativeMessage | DropReason, parts: readonly Buffer[], origin?: string): void {
    this.received++;
    if (typeof message === 'string') {
      this.drops.drop(message, parts);
      if (parts.length > PARTS_MAX) this.#cut(parts.length);
      return;
    }
    const { channel, payload } = message;
    if (origin !== undefined) this.losses.relayed(channel);
    // In a circle, too, what has its origin goes round once.
    const republish = origin === undefined ? this.republishes : this.#options.republish;
    try {
      if (this.#options.intake.take(channel, payload, republish, origin, this.#inFlight))
        this.#inFlight.took(payload.byteLength);
    } catch (error) {
      this.#notTaken(error);
    }
  }

  /** A message of this many parts has stalled this process already. */
  #cut(parts: number): void {
    this.excesses.note('parts', { parts });
    this.peers.again();
    this.#bursts.close();
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

  #hear(payload: Uint8Array, parts: readonly Buffer[]): void {
    const heard = this.#options.guard.hear(payload);
    if (heard === 'unreadable') this.#publication('reserved', parts);
    else if (heard === 'own') this.#circle.heardOwn();
  }
}

/** @throws StartError */
function opened(options: IngressOptions, address: string): Subscriber {
  const { context, role, maxPayloadBytes, highWaterMark, waitingBytes, curve } = options;
  const security = role === 'bind' ? curve.bound : curve.source(options.address);
  const most = Math.max(1, Math.floor(waitingBytes / maxPayloadBytes));
  const socket = new Subscriber({
    ...socketOptions({ context, address, maxMessageBytes: OVERSIZE * maxPayloadBytes, security }),
    receiveHighWaterMark: Math.min(highWaterMark, most),
    // Never less often: the original's Publisher binds, waits 0.3 s and sends. Found 10 s later, it had been there for
    // nothing.
    reconnectInterval: 100,
    reconnectMaxInterval: 0,
  });
  try {
    // Subscriptions are messages under a high-water mark of their own: thousands would be lost in silence. So one to
    // everything, with the channel of the loop guard, and at a source the topic of bridges before it: a peer that has
    // received the last one has read the others.
    if (role === 'connect') socket.subscribe(BRIDGE_CHANNEL, RELAY_TOPIC, '');
    else socket.subscribe(BRIDGE_CHANNEL, '');
    if (role === 'bind') socket.bindSync(address);
    else socket.connect(address);
    return socket;
  } catch (cause) {
    socket.close();
    throw startError(role === 'bind' ? 'bus.ingress' : 'bus.sources', address, cause);
  }
}
