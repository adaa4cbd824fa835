import {
  decodeServerFrame,
  encodeControl,
  type Limits,
  type PublicationFrame,
  type ServerMessage,
  type ZerospanError,
} from '@zerospan/shared';
import type { AccessBounds } from '../../server/src/core/access/bounds.ts';
import type { OtherConnections } from '../../server/src/core/access/connection-index.ts';
import type { Gate } from '../../server/src/core/access/gate.ts';
import type { Elsewhere } from '../../server/src/core/conversation/clients.ts';
import type { Conversation, Incoming } from '../../server/src/core/conversation/conversation.ts';
import type { Encoding } from '../../server/src/core/fanout/encoding.ts';
import { Hub } from '../../server/src/core/hub.ts';
import type { Sender } from '../../server/src/core/reports.ts';
import type { Link } from '../../server/src/core/session/link.ts';
import { MemoryLog } from '../../server/src/logs/memory/index.ts';
import { decodeClientMessage } from '../../server/src/web/socket/messages.ts';
import { type Spoken, webSocket } from './encodings.ts';
import { LateLog } from './late-log.ts';
import { ManualClock } from './manual-clock.ts';
import { steadyTime } from './steady-time.ts';

/** One frame as a client would see it. */
export type Seen = PublicationFrame | ServerMessage;

/** A link whose room is the test's to give, and which keeps what went through it. */
export class FakeLink implements Link {
  readonly encoding: Encoding;
  readonly #spoken: Spoken;
  hasRoom = true;
  living = true;
  closedWith: number | undefined;
  /** Whether its socket is not read, by the core's wish. */
  held = false;
  /** Whether it keeps what comes while it is held, as it should; else the test hands it over all the same. */
  keeps = false;
  readonly kept: (() => void)[] = [];
  pings = 0;
  /** How many writes there were: one a flush, however many frames. */
  writes = 0;
  /** What was sent encoded, write by write. */
  readonly buffers: Buffer[] = [];
  /** What was written, message by message. */
  readonly texts: string[] = [];
  readonly frames: Seen[] = [];
  /** Whether the link fills up by itself once this many publications were written. */
  fullAfter = Number.POSITIVE_INFINITY;
  #publications = 0;

  constructor(spoken: Spoken = webSocket) {
    this.#spoken = spoken;
    this.encoding = spoken.encoding;
  }

  say(message: ServerMessage): void {
    this.#take([encodeControl(message)]);
  }

  send(encoded: Buffer): void {
    if (this.closedWith !== undefined) return;
    this.buffers.push(encoded);
    this.#take([...this.#spoken.textsIn(encoded)]);
  }

  sendNow(encoded: Buffer): void {
    this.send(encoded);
  }

  #take(texts: readonly string[]): void {
    if (this.closedWith !== undefined) return;
    this.writes++;
    for (const text of texts) {
      this.texts.push(text);
      const frame = decodeServerFrame(text);
      if (frame.kind === 'publication' && ++this.#publications >= this.fullAfter) this.hasRoom = false;
      if (frame.kind !== 'foreign')
        this.frames.push(frame.kind === 'publication' ? frame.publication : frame.message);
    }
  }

  ping(): void {
    this.pings++;
  }

  alive(): boolean {
    return this.living;
  }

  hold(): void {
    this.held = true;
  }

  /** As a socket's link: what came while it was held is handed over until it is held again. */
  release(): void {
    this.held = false;
    for (let next = this.kept.shift(); next; next = this.held ? undefined : this.kept.shift()) next();
  }

  close(code: number): void {
    this.closedWith ??= code;
  }
}

let clients = 0;

/** A client's end of a conversation, without a socket. */
export class FakeClient {
  readonly link: FakeLink;
  readonly conversation: Conversation;
  readonly #hub: Hub;
  readonly id = `test-client-${++clients}`;

  /** @param address where it connects from; left out: not known */
  constructor(hub: Hub, address?: string, spoken?: Spoken, isLocal = false) {
    this.#hub = hub;
    this.link = new FakeLink(spoken);
    this.conversation = hub.open(this.link, address, isLocal);
  }

  say(message: object, payload?: string): void {
    this.receive(
      decodeClientMessage(
        Buffer.from(JSON.stringify(message) + (payload === undefined ? '' : `\n${payload}`)),
        this.#hub.limits,
      ),
    );
  }

  receive(incoming: Incoming): void {
    const receive = (): void => this.conversation.receive(incoming);
    if (this.link.held && this.link.keeps) this.link.kept.push(receive);
    else receive();
  }

  hello(subscriptions: object[] = [], more: object = {}): void {
    this.say({ hello: { protocol: 'zerospan.v1', client: this.id, subscriptions, ...more } });
  }

  /** Lets the link take frames again after it was full. */
  room(): void {
    this.link.hasRoom = true;
    this.link.fullAfter = Number.POSITIVE_INFINITY;
    this.conversation.roomAgain();
  }

  get publications(): PublicationFrame[] {
    return this.link.frames.filter((frame): frame is PublicationFrame => 'offset' in frame);
  }

  get offsets(): number[] {
    return this.publications.map(({ offset }) => offset);
  }

  /** The bodies of the control messages of one kind, in order. */
  control<K extends string>(
    kind: K,
  ): Extract<ServerMessage, Record<K, unknown>>[K & keyof Extract<ServerMessage, Record<K, unknown>>][] {
    return this.link.frames.flatMap((frame) => (kind in frame ? [(frame as never)[kind]] : []));
  }

  /** All frames in short: `5 room` a publication, else the message's name. */
  get story(): string[] {
    return this.link.frames.map((frame) =>
      'offset' in frame ? `${frame.offset} ${frame.channel}` : (Object.keys(frame)[0] ?? ''),
    );
  }
}

export interface TestBusOptions {
  readonly logBytes?: number;
  readonly lastBytes?: number;
  readonly ageMs?: number;
  readonly tailEntries?: number;
  readonly gate?: Gate;
  readonly bounds?: Partial<AccessBounds>;
  readonly limits?: Partial<Limits>;
  readonly gatheredMost?: number;
  readonly elsewhere?: Elsewhere & OtherConnections;
  /** Whether appends and reads of its log complete only when the test releases them: see {@link TestBus.late}. */
  readonly isLate?: boolean;
}

/** The real core over a real log in memory, with a clock and an event loop that the test turns. */
export class TestBus {
  readonly clock = new ManualClock();
  readonly log: MemoryLog;
  /** The way to it that the core has. */
  readonly late: LateLog;
  readonly hub: Hub;
  readonly failures: unknown[] = [];
  /** Whether clients that connect do so from its own machine. */
  isLocal = false;
  /** What was refused, and whose message it was. */
  readonly refused: { readonly fault: ZerospanError; readonly sender: Sender | undefined }[] = [];
  #due: (() => void)[] = [];

  constructor({
    logBytes = 1e8,
    lastBytes = 0,
    ageMs = 0,
    tailEntries = 8,
    isLate = false,
    ...access
  }: TestBusOptions = {}) {
    steadyTime();
    this.log = new MemoryLog({ clock: this.clock, bytes: logBytes, lastBytes, ageMs, epoch: 'epoch-1' });
    this.late = new LateLog(this.log, isLate);
    let ids = 0;
    this.hub = new Hub({
      log: this.late,
      clock: this.clock,
      endOfTurn: (action) => this.#due.push(action),
      native: { nativeSubscriptions: (channel) => (channel === 'native' ? 2 : 0) },
      tail: { entries: tailEntries, bytes: 1e9 },
      newId: () => `session-${++ids}`,
      onFailure: (error) => this.failures.push(error),
      onRefused: (fault, sender) => this.refused.push({ fault, sender }),
      ...access,
    });
  }

  connect(address?: string, spoken?: Spoken): FakeClient {
    return new FakeClient(this.hub, address, spoken, this.isLocal);
  }

  /** A client that has said hello and has been answered. */
  async join(subscriptions: object[], more?: object): Promise<FakeClient> {
    const client = this.connect();
    client.hello(subscriptions, more);
    await this.settle();
    return client;
  }

  async put(channel: string, value: unknown = 'x'): Promise<void> {
    this.log.append({
      channels: [channel],
      payload: Buffer.from(JSON.stringify(value)),
      republish: true,
    });
  }

  /** Ends one turn of the event loop. */
  async turn(): Promise<void> {
    for (const action of this.#due.splice(0)) action();
    await microtasks();
  }

  /** Turns until nothing is left to do. */
  async settle(): Promise<void> {
    await microtasks();
    for (let turns = 0; this.#due.length > 0; turns++) {
      if (turns > 10_000) throw new Error('the bus does not come to rest');
      await this.turn();
    }
  }
}

/** Lets promises that are settled run their course, through many steps of catching up. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 1_000; i++) await Promise.resolve();
}
