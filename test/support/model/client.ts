import type {
  ClientMessage,
  Code,
  Filter,
  OnLag,
  Position,
  ReplayRequest,
  ServerMessage,
} from '@zerospan/shared';
import { type Clock, ZerospanError } from '@zerospan/shared';
import { Bus } from '../../../client/src/bus.ts';
import type { SocketClass } from '../../../client/src/connection/socket.ts';
import type { Subscriber } from '../../../client/src/subscriptions/subscriber.ts';
import type { Subscription } from '../../../client/src/subscriptions/subscription.ts';
import type { PutResult } from '../../../client/src/types.ts';
import type { Edges } from './edges.ts';
import { opened } from './opened.ts';
import { type Asked, type Mode, ModelSubscriber, type Place } from './subscriber.ts';
import { subscriptionsIn, Tap, type Tapped } from './tap.ts';
import type { Wire } from './wire.ts';

export interface ModelPut {
  readonly channels: readonly string[];
  readonly text: string;
  result: PutResult | undefined;
  code: string | undefined;
  /** Whether it was sent more than once. */
  again: boolean;
  /** How much everybody had been handed when it was answered. */
  seen: ReadonlyMap<ModelSubscriber, number>;
}

export interface ClientOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly windowBytes: number;
  readonly edges: Edges;
  readonly resume: Position | undefined;
  /** A wire for a new connection. */
  wire(tap: Tap): Wire;
  /** Where the server's log is. */
  place(): Place;
  /** Those of all clients. */
  subscribers(): readonly ModelSubscriber[];
  /** What the server's log takes as now, in ms. */
  nowMs(): number;
}

/** Failures of connections that a script asked for: it cuts them, and stops servers. */
const LOST: ReadonlySet<string> = new Set<Code>([
  'cannot-connect',
  'connection-lost',
  'going-away',
  'idle-cut',
  'no-answer',
  'no-welcome',
  'server-failed',
  'server-silent',
]);

/** A bus, its wires, its subscribers and its puts. */
export class ModelClient implements Tapped {
  readonly bus: Bus;
  readonly wires: Wire[] = [];
  readonly subscribers: ModelSubscriber[] = [];
  readonly puts: ModelPut[] = [];
  readonly errors: Error[] = [];
  readonly faults: string[] = [];
  /** Epochs of the logs that said welcome. */
  readonly welcomed = new Set<string>();
  isClosed = false;
  readonly #options: ClientOptions;
  readonly #askedFor = new WeakMap<Subscription, Asked>();
  #epoch = '';
  /** The newest offset of its epoch that an answer of the server has named. */
  #known = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { clock, random, resume } = options;
    const connect = (): Wire => this.#connect();
    const Socket = class {
      constructor() {
        // biome-ignore lint/correctness/noConstructorReturn: the socket belongs to a wire
        return connect().socket;
      }
    } as unknown as SocketClass;
    this.bus = new Bus('ws://model/bus', { clock, random, WebSocket: Socket, ...(resume && { resume }) });
    this.bus.on('error', (error) => {
      if (!LOST.has(error.code)) this.errors.push(error);
    });
    this.bus.on('state', (state) => {
      if (state !== 'live') for (const subscriber of this.subscribers) subscriber.cut();
    });
  }

  get wire(): Wire | undefined {
    return this.wires.at(-1);
  }

  subscribe(
    filters: readonly Filter[],
    replay: ReplayRequest | undefined,
    publications: number,
    mode: Mode,
    onLag: OnLag | undefined,
  ): void {
    const options = { queue: { publications }, ...(replay && { replay }), ...(onLag && { onLag }) };
    let subscriber: Subscriber | undefined;
    const [subscription] = opened(() => {
      subscriber = this.bus.subscribe(filters, options);
    });
    if (subscriber === undefined) return;
    const one = new ModelSubscriber({
      subscriber,
      mode,
      queue: publications,
      onLag,
      tap: () => this.wire?.tap,
      place: () => this.#options.place(),
    });
    this.subscribers.push(one);
    this.#has(one.ask(filters, replay, this.#resumed), subscription);
  }

  add(subscriber: ModelSubscriber, filters: readonly Filter[]): void {
    if (subscriber.closedAt || this.isClosed) return;
    const [subscription] = opened(() => void subscriber.subscriber.add(filters).catch(() => undefined));
    this.#has(subscriber.ask(filters, undefined, this.#resumed), subscription);
  }

  remove(subscriber: ModelSubscriber, filters: readonly Filter[], at: Place): void {
    subscriber.subscriber.remove(filters).catch(() => undefined);
    subscriber.narrow(filters, at);
  }

  /** @param confirmMs how long to wait for the receipt; undefined: none is asked for */
  put(channels: readonly string[], text: string, confirmMs?: number): void {
    const put: ModelPut = {
      channels,
      text,
      result: undefined,
      code: undefined,
      again: false,
      seen: new Map(),
    };
    this.puts.push(put);
    // Some receipts name nobody: what they keep is another.
    const confirm = confirmMs === undefined ? undefined : { timeoutMs: confirmMs, who: confirmMs < 60_000 };
    this.bus
      .publish()
      .putText([...channels], text, confirm && { confirm })
      .then(
        (result) => {
          put.result = result;
          put.seen = new Map(this.#options.subscribers().map((each) => [each, each.items.length]));
        },
        (error: unknown) => {
          put.code = error instanceof ZerospanError ? error.code : String(error);
          if (put.code === 'outcome-unknown') this.#options.edges.reached('puts outcome-unknown');
        },
      );
  }

  close(at: Place, timeoutMs: number): void {
    this.isClosed = true;
    for (const subscriber of this.subscribers) subscriber.closedAt ??= at;
    void this.bus.close({ timeoutMs });
  }

  // What its wires report.

  received(message: ServerMessage): void {
    if ('welcome' in message) {
      if (this.#epoch !== message.welcome.epoch) this.#known = 0;
      this.#epoch = message.welcome.epoch;
      this.welcomed.add(this.#epoch);
    } else if ('subscribed' in message) {
      const { id, offset, replaying } = message.subscribed;
      for (const asked of this.#of(id)) {
        asked.start ??= { epoch: this.#epoch, offset };
        asked.stage = replaying ? 'replaying' : 'live';
        asked.granted = true;
        asked.liveAt = offset;
      }
      this.#knows(offset);
    } else if ('live' in message) {
      const { subscription, offset } = message.live;
      for (const asked of this.#of(subscription)) Object.assign(asked, { stage: 'live', liveAt: offset });
      this.#knows(offset);
    } else if ('gap' in message && 'subscriptions' in message.gap && message.gap.epoch === this.#epoch) {
      const { subscriptions, to } = message.gap;
      for (const asked of subscriptions.flatMap((id) => this.#of(id)))
        asked.liveAt = Math.max(asked.liveAt, to ?? 0);
    } else if ('accepted' in message) {
      for (const { offset } of message.accepted.channels) this.#knows(offset);
    }
  }

  asked(message: ClientMessage): void {
    for (const body of subscriptionsIn(message)) {
      if (!body.replay || !('sinceMs' in body.replay)) continue;
      const fromMs = this.#options.nowMs() - body.replay.sinceMs;
      for (const asked of this.#of(body.id)) asked.fromMs.push(fromMs);
    }
  }

  #knows(offset: number): void {
    this.#known = Math.max(this.#known, offset);
  }

  putAgain(payload: string): void {
    for (const put of this.puts) if (put.text === payload) put.again = true;
  }

  fault(what: string): void {
    this.faults.push(what);
  }

  /** One that has joined a live one begins where its bus is, which is all that it knows of. */
  #has(asked: Asked, subscription: Subscription | undefined): void {
    if (subscription === undefined) return;
    const { shared, stage } = subscription;
    this.#askedFor.set(subscription, asked);
    asked.id = shared.id;
    // The first that is left of those that share it.
    const [first] = shared.members;
    const equal = first && this.#askedFor.get(first);
    if (equal === undefined || equal === asked) return;
    const hasJoinedLive = stage.name === 'live';
    this.#options.edges.reached(hasJoinedLive ? 'joined live' : 'joined before it was granted');
    // What the server was asked for stands for it as well.
    asked.fromMs.push(...equal.fromMs);
    if (!hasJoinedLive) return;
    const offset = Math.max(this.bus.position?.offset ?? 0, equal.liveAt);
    if (offset < this.#known)
      this.fault(`a subscription begins at ${offset}, though ${this.#known} is known`);
    Object.assign(asked, {
      start: { epoch: this.#epoch, offset },
      stage: 'live',
      granted: true,
      liveAt: offset,
      fromMs: [],
    });
  }

  /** What one subscription of the wire stands for. */
  #of(id: number): Asked[] {
    return this.subscribers.flatMap(({ asked }) => asked).filter((asked) => asked.id === id);
  }

  /** A bus that resumes begins there with every subscription that is made before its first welcome. */
  get #resumed(): Place | undefined {
    return this.welcomed.size === 0 ? this.#options.resume : undefined;
  }

  #connect(): Wire {
    const wire = this.#options.wire(new Tap(this, this.#options.windowBytes, this.#options.edges));
    this.wires.push(wire);
    return wire;
  }
}
