import { type Clock, ZerospanError } from '@zerospan/shared';
import type { Subscriber } from 'zeromq';
import { Superseded } from '../../core/log/puts/superseded.ts';
import { Circle } from '../bridge/circle.ts';
import { BRIDGE_CHANNEL, type LoopGuard } from '../bridge/loop-guard.ts';
import type { Origins } from '../bridge/origins.ts';
import { RelayReader } from '../bridge/relay-reader.ts';
import { isRelayed, originText } from '../bridge/wire.ts';
import type { Curve } from '../curve/curve.ts';
import { type DropReason, type NativeMessage, parseMessage } from '../framing.ts';
import type { Intake, Logger } from '../ports.ts';
import { Excesses, PARTS_MAX } from '../sockets/excesses.ts';
import { Peers } from '../sockets/peers.ts';
import { reopened } from '../sockets/reopened.ts';
import { Bursts } from './bursts.ts';
import { Drops } from './drops.ts';
import { InFlight } from './in-flight.ts';
import { Losses } from './losses.ts';
import { type Reading, SharedSource } from './shared-source.ts';
import { opened, type SocketSettings, tryToOpen } from './socket.ts';
import type { SourceSharing } from './source-leases.ts';

export interface IngressOptions extends SocketSettings {
  readonly intake: Intake;
  readonly guard: Pick<LoopGuard, 'hear'>;
  /** Which publications of other bridges were taken, by whatever source they came. */
  readonly origins: Pick<Origins, 'take'>;
  readonly depth: number;
  /** Whether what comes in here also goes out on `bus.address`. */
  readonly republish: boolean;
  readonly curve: Pick<Curve, 'bound' | 'source' | 'failedHandshake' | 'refusedBySource'>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Of a source that several nodes could read: how they share it. Left out: this server reads it. */
  readonly sharing?: SourceSharing | undefined;
}

/** One SUB socket and its one read loop: messages from native publishers and bridges, on their way to the log. */
export class Ingress {
  readonly role: 'bind' | 'connect';
  /** Where it is bound or connected; for port `*` the real one. */
  readonly address: string;
  readonly peers: Peers;
  readonly drops: Drops;
  readonly excesses: Excesses;
  /** Undefined: no other node could read it. */
  readonly shared: SharedSource | undefined;
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
  #running: Promise<void> = Promise.resolve();
  /** Undefined until it is read first. */
  #bursts: Bursts | undefined;
  /** What a shared source is read under; undefined: another node reads it, or it is not shared. */
  #reading: Reading | undefined;
  #closing = false;
  /** Whether a message has been received and not been taken yet. */
  #hasInHand = false;

  /**
   * Opens the socket; when this returns it is being read, unless it is shared.
   * @throws StartError when the address cannot be bound or connected to; a publisher that is not there yet is no error
   */
  static open(options: IngressOptions): Ingress {
    // A SUB that binds loses what is sent before its first receive: the loop begins here, in the turn of the bind.
    if (!options.sharing) return new Ingress(options, opened(options, options.address));
    // What is wrong with the address is said at the start, by every node.
    tryToOpen(options);
    return new Ingress(options, undefined);
  }

  private constructor(options: IngressOptions, socket: Subscriber | undefined) {
    this.#options = options;
    this.role = options.role;
    this.address = options.role === 'bind' ? (socket?.lastEndpoint ?? options.address) : options.address;
    const { role, address } = this;
    const { logger, clock, guard, origins, sharing } = options;
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
    if (socket) this.#running = this.#run(socket);
    const reader = { begin: (reading: Reading) => this.#begin(reading), end: () => this.#end() };
    this.shared = sharing && new SharedSource(address, sharing, reader, options);
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
    this.#bursts?.close();
    await this.#inFlight.drained(this.#running);
    await this.shared?.close();
  }

  /** Behind what was read before: a socket of then may still be closing. */
  #begin(reading: Reading): void {
    this.#reading = reading;
    this.#running = this.#running.then(() => {
      if (this.#reading !== reading) return undefined;
      if (this.losses.begin(reading.carried)) this.peers.expect();
      return this.#run();
    });
  }

  #end(): void {
    this.#reading = undefined;
    this.#bursts?.close();
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

  /** Reads until it is closed or another's; where connections had to be ended, the address is opened again. */
  async #run(first?: Subscriber): Promise<void> {
    const { clock, logger } = this.#options;
    const { address } = this;
    const open = (): Subscriber => opened(this.#options, address);
    const reading = this.#reading;
    const isClosing = (): boolean => this.#closing || this.#reading !== reading;
    const opening = { address, clock, logger, open, isClosing };
    for (let socket = first ?? (await reopened(opening)); socket; socket = await reopened(opening)) {
      const bursts = this.#burstsOf(socket);
      this.#bursts = bursts;
      if (isClosing()) bursts.close();
      await Promise.all([bursts.read(), this.peers.watch(socket)]);
    }
  }

  /** Takes one message; answers a promise if the next one must wait for something. */
  #take(parts: Buffer[]): Promise<void> | undefined {
    // A process that stood still finds here what another node has read meanwhile.
    if (this.#isAnothers) return undefined;
    if (this.role === 'connect' && isRelayed(parts[0])) {
      if (!this.#relay.take(parts)) this.#publication('reserved', parts);
    } else {
      const message = parseMessage(parts, this.#options);
      if (typeof message !== 'string' && this.losses.mustWait(message))
        return this.#takeLater(message, parts);
      this.#handle(message, parts);
    }
    if (this.losses.isDue) this.#settle();
    return this.#inFlight.isFull ? this.#inFlight.room() : undefined;
  }

  /** News of the peers are read before the message is judged. */
  async #takeLater(message: NativeMessage, parts: Buffer[]): Promise<void> {
    this.#hasInHand = true;
    await this.peers.settled();
    // It may be the first of the new connection.
    this.#settle();
    if (!this.#isAnothers) this.#handle(message, parts);
    this.#hasInHand = false;
    this.#settle();
    await this.#inFlight.room();
  }

  async #returned(): Promise<void> {
    this.losses.returned();
    // News and messages come by different ways: what had come before is taken first.
    await this.peers.settled();
    if (!this.#hasInHand && !this.#bursts?.isClosed) this.#settle();
  }

  #settle(): void {
    if (!this.#isAnothers) this.losses.settle(this.#bursts?.isDrained ?? true);
  }

  get #isAnothers(): boolean {
    return this.shared !== undefined && this.#reading?.isMine !== true;
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
      if (
        this.#options.intake.take(channel, payload, republish, origin, this.#inFlight, this.#reading?.fence)
      )
        this.#inFlight.took(payload.byteLength);
    } catch (error) {
      this.#notTaken(error);
    }
  }

  /** A message of this many parts has stalled this process already. */
  #cut(parts: number): void {
    this.excesses.note('parts', { parts });
    this.peers.again();
    this.#bursts?.close();
  }

  #notTaken(error: unknown): void {
    if (error instanceof ZerospanError && error.code === 'too-many-names') {
      this.drops.drop(error.code, []);
      return;
    }
    this.failed++;
    if (error instanceof Superseded) {
      this.shared?.superseded(error.fence);
      return;
    }
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
