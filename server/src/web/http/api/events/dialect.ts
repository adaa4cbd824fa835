import type { GapBody, ServerMessage } from '@zerospan/shared';
import type { Encoding } from '../../../../core/fanout/encoding.ts';
import { EventEncoding } from './encoding.ts';
import { positionText } from './position.ts';

/** How events of one epoch are written. Sessions with the same encoding share their buffers, so keep it. */
export interface Speech {
  readonly encoding: Encoding;
  /** A control message of the core; undefined: it means nothing to a client of events. */
  control(message: ServerMessage): string | undefined;
}

/** A format of `GET /v1/events`. */
export interface Dialect {
  readonly contentType: string;
  readonly speechOf: (epoch: string) => Speech;
  /** When to come back, in ms after the end. */
  readonly retry: (ms: number) => string;
  /** Why the stream ends. */
  readonly problem: (details: object) => string;
}

/** What a dialect makes of the messages that its clients need. */
interface Words {
  gap(json: string): string;
  position(text: string): string;
  readonly retry: (ms: number) => string;
}

class Spoken implements Speech {
  readonly encoding: Encoding;
  readonly #epoch: string;
  readonly #words: Words;

  constructor(epoch: string, encoding: Encoding, words: Words) {
    this.encoding = encoding;
    this.#epoch = epoch;
    this.#words = words;
  }

  control(message: ServerMessage): string | undefined {
    if ('gap' in message) return this.#words.gap(gapText(message.gap));
    if ('beat' in message)
      return this.#words.position(positionText({ epoch: this.#epoch, offset: message.beat.offset }));
    return 'draining' in message ? this.#words.retry(message.draining.comeBackMs) : undefined;
  }
}

/** Server-Sent Events. Stock clients drop an id that comes without data, so a position has an empty object. */
export const sse: Dialect = {
  contentType: 'text/event-stream',
  speechOf(epoch) {
    const framing = {
      publication: (offset: number) => `id: ${positionText({ epoch, offset })}\nevent: publication\ndata: `,
      gap: 'event: gap\ndata: ',
      end: '\n\n',
    };
    return new Spoken(epoch, new EventEncoding('sse', epoch, framing), {
      gap: (json) => `event: gap\ndata: ${json}\n\n`,
      position: (text) => `id: ${text}\nevent: position\ndata: {}\n\n`,
      retry: sse.retry,
    });
  },
  retry: (ms) => `retry: ${Math.round(ms)}\n\n`,
  problem: (details) => `event: error\ndata: ${JSON.stringify(details)}\n\n`,
};

/** NDJSON: one object a line, its kind by its first key. */
export const lines: Dialect = {
  contentType: 'application/x-ndjson',
  speechOf(epoch) {
    const framing = { publication: () => '', gap: '', end: '\n' };
    return new Spoken(epoch, new EventEncoding('ndjson', epoch, framing), {
      gap: (json) => `${json}\n`,
      position: (text) => `{"position":${JSON.stringify(text)}}\n`,
      retry: lines.retry,
    });
  },
  retry: (ms) => `{"retry":${Math.round(ms)}}\n`,
  problem: (details) => `{"problem":${JSON.stringify(details)}}\n`,
};

/** A gap as a client of events reads it: a stream is one subscription, whose number says nothing. */
export function gapText(gap: GapBody): string {
  const { subscriptions: _, ...rest } = gap as GapBody & { readonly subscriptions?: unknown };
  return JSON.stringify({ gap: rest });
}

/** Keeps the speech of the epoch that runs: sessions of one epoch have one encoding. */
export class CurrentSpeech {
  readonly dialect: Dialect;
  #epoch: string | undefined;
  #speech: Speech | undefined;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  of(epoch: string): Speech {
    if (!this.#speech || this.#epoch !== epoch) this.#speech = this.dialect.speechOf(epoch);
    this.#epoch = epoch;
    return this.#speech;
  }
}
