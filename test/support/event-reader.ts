import { get, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** One event, or one line of NDJSON, as a client reads it. */
export interface ReadEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads Server-Sent Events by the rules of the HTML standard, as far as this server uses them. */
export class SseParser {
  readonly events: ReadEvent[] = [];
  readonly retries: number[] = [];
  /** What a client would send back. */
  lastId = '';
  #rest = '';
  #id: string | undefined;
  #event = '';
  #data: string[] = [];

  take(text: string): void {
    const all = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = all.pop() ?? '';
    for (const line of all) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') this.#id = value;
    else if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'retry') this.retries.push(Number(value));
    else if (field !== '') throw new Error(`an event has the field ${field}`);
  }

  #dispatch(): void {
    // The standard keeps an id that comes without data; stock clients do not, and this server does not rely on it.
    if (this.#data.length > 0) {
      if (this.#id !== undefined) this.lastId = this.#id;
      const data = JSON.parse(this.#data.join('\n')) as ReadEvent['data'];
      this.events.push({ id: this.#id, event: this.#event || 'message', data });
    }
    this.#id = undefined;
    this.#event = '';
    this.#data = [];
  }
}

/** A client of `GET /v1/events` that reads as fast as it can. */
export class EventReader extends SseParser {
  readonly response: IncomingMessage;
  text = '';
  isOver = false;

  private constructor(response: IncomingMessage) {
    super();
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      if (this.isSse) this.take(text);
    });
    const over = (): void => {
      this.isOver = true;
    };
    response.on('error', over).on('close', over);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const request = get(url, { agent: false, headers });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject);
    });
    onTestFinished(() => void response.destroy());
    return new EventReader(response);
  }

  get isSse(): boolean {
    return this.response.headers['content-type'] === 'text/event-stream';
  }

  of(event: string): ReadEvent[] {
    return this.events.filter((one) => one.event === event);
  }

  get offsets(): unknown[] {
    return this.of('publication').map(({ data }) => data.offset);
  }

  /** Of NDJSON: its whole lines. */
  get lines(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits for the first position: from then on the session is there. */
  async ready(): Promise<this> {
    await until('the first position', () =>
      this.isSse ? this.of('position').length > 0 : this.text.includes('"position"'),
    );
    return this;
  }
}
