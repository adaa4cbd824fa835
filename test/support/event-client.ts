import { EventEmitter } from 'node:events';
import { ZerospanError } from '@zerospan/shared';
import { Requester } from '../../server/src/core/access/requester.ts';
import { CurrentSpeech, sse } from '../../server/src/web/http/api/events/dialect.ts';
import { EventStream } from '../../server/src/web/http/api/events/event-stream.ts';
import { type EventsQuery, requestOf } from '../../server/src/web/http/api/events/query.ts';
import { type StreamAnswer, StreamLink } from '../../server/src/web/http/api/events/stream-link.ts';
import type { TestBus } from './core.ts';
import { SseParser } from './event-reader.ts';

/** A socket that takes everything at once, or nothing. */
class FakeSocket extends EventEmitter {
  readonly all: Buffer[] = [];
  bytesWritten = 0;
  isStopped = false;
  onTaken: (text: string) => void = () => {};
  #waiting: Buffer[] = [];

  get writableLength(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  write(bytes: Buffer): boolean {
    this.bytesWritten += bytes.length;
    this.all.push(Buffer.from(bytes));
    this.#waiting.push(Buffer.from(bytes));
    if (!this.isStopped) this.flush();
    return true;
  }

  flush(): void {
    for (const bytes of this.#waiting.splice(0)) this.onTaken(bytes.toString());
    this.emit('drain');
  }

  cork(): void {}

  uncork(): void {}

  destroy(): void {
    this.emit('close');
  }
}

/** An answer over a socket that is the test's. */
class FakeAnswer extends EventEmitter {
  readonly socket = new FakeSocket();
  readonly parser = new SseParser();
  isEnded = false;

  constructor() {
    super();
    this.socket.onTaken = (text) => this.parser.take(text);
    this.socket.on('close', () => this.emit('close'));
  }

  /** All that was written, taken or not. */
  get text(): string {
    return Buffer.concat(this.socket.all).toString();
  }

  end(): void {
    this.isEnded = true;
    if (this.socket.writableLength === 0) this.emit('close');
  }
}

/** A client of events whose connection is the test's. */
export class EventClient {
  readonly answer = new FakeAnswer();
  readonly #bus: TestBus;
  stream: EventStream | undefined;
  /** Why its request was rejected. */
  rejected: unknown;

  constructor(bus: TestBus) {
    this.#bus = bus;
  }

  static async open(bus: TestBus, query: EventsQuery, options?: EventClientOptions): Promise<EventClient> {
    const client = new EventClient(bus);
    await client.request(query, options);
    return client;
  }

  async request(
    query: EventsQuery,
    { lastEventId, token, speech = new CurrentSpeech(sse) }: EventClientOptions = {},
  ): Promise<void> {
    const { hub } = this.#bus;
    const visitor = { session: '', client: '', address: '127.0.0.1' };
    const identity = await hub.gate.admit(token, visitor);
    const requester = new Requester(identity, visitor, hub.userOf(identity.subject, visitor.address));
    const stream = new EventStream(requester, requestOf(query, lastEventId), hub);
    this.stream = stream;
    const prepared = stream.prepare().then(
      (begin) => {
        const link = new StreamLink(this.answer as unknown as StreamAnswer, speech.of(hub.log.epoch));
        link.owner = stream;
        begin({ link, failed: ({ code }) => link.write(sse.problem({ code })) });
      },
      (error: unknown) => {
        this.rejected = error instanceof ZerospanError ? error.code : error;
      },
    );
    await this.#bus.settle();
    void prepared;
  }

  get read(): SseParser {
    return this.answer.parser;
  }

  get offsets(): unknown[] {
    return this.read.events.filter(({ event }) => event === 'publication').map(({ data }) => data.offset);
  }

  /** Events in short: `E1_3 publication`, without the zeros; an event without an id has a dash. */
  get story(): string[] {
    return this.read.events.map(({ id, event }) => `${id?.replace(/_0*(?=\d)/, '_') ?? '-'} ${event}`);
  }

  get positions(): string[] {
    return this.story.filter((one) => one.endsWith(' position'));
  }
}

interface EventClientOptions {
  readonly lastEventId?: string;
  readonly token?: string;
  readonly speech?: CurrentSpeech;
}
