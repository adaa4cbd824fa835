import { randomUUID } from 'node:crypto';
import { PROTOCOL, type ServerMessage, TIMES } from '@zerospan/shared';
import type { Tally } from '../tally.ts';
import type { Dialect, Dialogue } from './load-socket.ts';
import { WebSocketCarrier } from './websocket-carrier.ts';

const BRACE = 0x7b;
const SPACE = 0x20;
const ZERO = 0x30;

/** Filters that one subscription may have: see `LIMITS.filters`. */
const FILTERS = 1_000;

export interface ZerospanDialectOptions {
  /** History first: the newest `replayLast` publications of each channel. */
  readonly replayLast?: number | undefined;
  /** What to come in with, where a token is needed. */
  readonly token?: string | undefined;
}

/** What a server of ours is spoken to in: hello, and acks as a real client gives them, by time and by bytes. */
export class ZerospanDialect implements Dialect {
  readonly carrier = new WebSocketCarrier(PROTOCOL);
  readonly #options: ZerospanDialectOptions;

  constructor(options: ZerospanDialectOptions = {}) {
    this.#options = options;
  }

  begin(say: (text: string) => void, channels: readonly string[], tally: Tally, ready: () => void): Dialogue {
    return new ZerospanDialogue(say, channels, tally, ready, this.#options);
  }
}

class ZerospanDialogue implements Dialogue {
  readonly #say: (text: string) => void;
  readonly #channels: readonly string[];
  readonly #tally: Tally;
  readonly #ready: () => void;
  readonly #options: ZerospanDialectOptions;
  #awaited = 0;
  #offset = 0;
  #bytes = 0;
  #ackedBytes = 0;
  #quarterBytes = Number.POSITIVE_INFINITY;
  /** Publications of a replay that are still to come: they lie below the session's own. */
  #replayed = 0;

  constructor(
    say: (text: string) => void,
    channels: readonly string[],
    tally: Tally,
    ready: () => void,
    options: ZerospanDialectOptions,
  ) {
    this.#say = say;
    this.#channels = channels;
    this.#tally = tally;
    this.#ready = ready;
    this.#options = options;
  }

  opened(): void {
    const subscriptions = [];
    const { replayLast, token } = this.#options;
    const replay = replayLast === undefined ? {} : { replay: { last: replayLast } };
    for (let i = 0; i < this.#channels.length; i += FILTERS) {
      const channels = this.#channels.slice(i, i + FILTERS);
      const wish = channels.includes('') ? { prefixes: [''] } : { channels };
      subscriptions.push({ id: subscriptions.length + 1, ...wish, ...replay });
    }
    this.#awaited = subscriptions.length;
    const hello = {
      protocol: PROTOCOL,
      client: randomUUID(),
      acks: true,
      subscriptions,
      ...(token && { token }),
    };
    this.#say(JSON.stringify({ hello }));
  }

  message(data: Buffer, at: number, end: number): void {
    if (data[at] === BRACE) {
      this.#control(JSON.parse(data.toString('utf8', at, end)) as ServerMessage, end - at);
      return;
    }
    let offset = 0;
    for (let i = at; data[i] !== SPACE; i++) offset = offset * 10 + (data[i] as number) - ZERO;
    this.#tally.publication(data, end);
    this.#entry(offset, end - at);
  }

  tick(): void {
    if (this.#bytes > this.#ackedBytes) this.#ack();
  }

  /** A publication, or an upstream gap, which stands in the log like one. */
  #entry(offset: number, bytes: number): void {
    this.#bytes += bytes;
    if (this.#replayed > 0) this.#replayed--;
    else {
      if (offset <= this.#offset) this.#tally.disordered++;
      this.#offset = offset;
    }
    if (this.#bytes - this.#ackedBytes >= this.#quarterBytes) this.#ack();
  }

  #ack(): void {
    this.#ackedBytes = this.#bytes;
    this.#say(`{"ack":{"offset":${this.#offset},"bytes":${this.#bytes}}}`);
  }

  #control(message: ServerMessage, bytes: number): void {
    if ('welcome' in message) this.#quarterBytes = message.welcome.limits.windowBytes / 4;
    else if ('subscribed' in message && --this.#awaited === 0) this.#ready();
    else if ('replay' in message) this.#replayed += message.replay.count;
    else if ('refused' in message) throw new Error(`the server refused: ${message.refused.reason}`);
    else if ('gap' in message) {
      this.#tally.gaps++;
      if ('channel' in message.gap) this.#entry(message.gap.to, bytes);
    }
  }
}

/** How often `tick` is due, in ms: the time after which something received is to be acknowledged. */
export const TICK_MS = TIMES.ackMs;
