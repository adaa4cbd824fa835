import type { Carried, Carrier, CarrierSink } from './carrier.ts';

const LINE_FEED = 0x0a;
/** An empty line ends an event. */
const END_BYTES = 2;
const NOTHING = Buffer.alloc(0);

/** Messages are Server-Sent Events: the lines of one, without the empty line at its end. */
export class EventCarrier implements Carrier {
  readonly status = 200;
  readonly #token: string | undefined;

  /** @param token left out: the server has no key */
  constructor(token?: string) {
    this.#token = token;
  }

  /** The channel `""` stands for everything. */
  request({ host, pathname }: URL, channels: readonly string[]): string {
    const query = channels.includes('')
      ? 'all'
      : channels.map((channel) => `channel=${encodeURIComponent(channel)}`).join('&');
    const lines = [
      `GET ${pathname}?${query} HTTP/1.1`,
      `Host: ${host}`,
      'Accept: text/event-stream',
      'Cache-Control: no-cache',
      ...(this.#token ? [`Authorization: Bearer ${this.#token}`] : []),
    ];
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  open(sink: CarrierSink): Carried {
    return new EventReader(sink);
  }

  encode(): Buffer {
    throw new Error('a client of events can say nothing');
  }
}

/** Cuts what a socket reads into events, without a copy except for those that two reads share. */
class EventReader implements Carried {
  readonly #sink: CarrierSink;
  /** The beginning of an event whose end has not come. */
  #rest: Buffer = NOTHING;

  constructor(sink: CarrierSink) {
    this.#sink = sink;
  }

  read(data: Buffer, at: number, end: number): void {
    let from = this.#rest.length > 0 ? this.#finish(data, at, end) : at;
    for (let to = endOf(data, from, end); to > 0; to = endOf(data, from, end)) {
      this.#sink.message(data, from, to - END_BYTES);
      from = to;
    }
    if (from < end) this.#rest = Buffer.from(data.subarray(from, end));
  }

  /** Completes the event that was begun; answers where the next one begins. */
  #finish(data: Buffer, at: number, end: number): number {
    const begun = this.#rest;
    const isAtEnd = begun[begun.length - 1] === LINE_FEED && data[at] === LINE_FEED;
    const to = isAtEnd ? at + 1 : endOf(data, at, end);
    const joined = Buffer.concat([begun, data.subarray(at, to || end)]);
    this.#rest = to > 0 ? NOTHING : joined;
    if (to > 0) this.#sink.message(joined, 0, joined.length - END_BYTES);
    return to || end;
  }
}

/** Where the event ends that begins at `at`, with its empty line; 0: it has not come whole. */
function endOf(data: Buffer, at: number, end: number): number {
  // What lies behind `end` is of an earlier read.
  for (let line = data.indexOf(LINE_FEED, at); line >= 0 && line + 1 < end; ) {
    if (data[line + 1] === LINE_FEED) return line + END_BYTES;
    line = data.indexOf(LINE_FEED, line + 1);
  }
  return 0;
}
