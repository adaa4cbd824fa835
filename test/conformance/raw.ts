import type { ChannelGap, SERVER_MESSAGES, ServerMessage } from '@zerospan/shared';
import { same } from './check.ts';

/** The part of a WebSocket that browsers' and that of `ws` have in common. */
export interface RawSocket {
  readonly protocol: string;
  readonly extensions: string;
  binaryType: string;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  send(data: string | ArrayBuffer): void;
  close(code?: number): void;
}
export type RawSocketClass = new (url: string, protocol: string) => RawSocket;

export type Name = (typeof SERVER_MESSAGES)[number];
export type Body<N extends Name> = Extract<ServerMessage, Record<N, unknown>>[N];

export interface Received {
  readonly offset: number;
  readonly time: number;
  readonly channel: string;
  readonly payload: string;
  /** Only of an upstream gap, which has no time and no payload. */
  readonly missed?: number | null;
}
type Control<N extends Name = Name> = { readonly [K in N]: { readonly name: K; readonly body: Body<K> } }[N];

/** What was replayed to one subscription, and from where it takes ordinary publications. */
export interface Replayed {
  readonly received: readonly Received[];
  readonly start: number;
}

/**
 * Longer than anything here takes, and shorter than a test may take, so that what was waited for stands in the report.
 */
const PATIENCE_MS = 30_000;

/** `offset SP time SP channel SP payload`: numbers without leading zeros, and anything at the end. */
const PUBLICATION = /^([1-9]\d*) (0|[1-9]\d*) ([^ ]+) (.+)$/s;

/**
 * The other end of the wire, as bare as can be: it sends what it is told to send, and reads frames strictly by section
 * 3 of PROTOCOL.md, with code of its own.
 */
export class RawClient {
  /** Its own: a server lets each client id have one connection. */
  readonly #client = `raw-client-${Math.random()}`;
  readonly socket: RawSocket;
  /** Every frame in short: the name of a control message, or `offset channel`. */
  readonly story: string[] = [];
  /** Characters of the payloads that came. */
  payloadLength = 0;
  readonly #ordinary: Received[] = [];
  readonly #announced: Received[] = [];
  #toCome = 0;
  readonly #controls: Control[] = [];
  #ending: { readonly code: number; readonly reason: string } | undefined;
  #unreadable: Error | undefined;
  #isOpen = false;
  #wake: () => void = () => {};
  #lastPut = 0;

  constructor(Socket: RawSocketClass, url: string, protocol: string) {
    this.socket = new Socket(url, protocol);
    this.socket.binaryType = 'arraybuffer';
    this.socket.addEventListener('open', () => {
      this.#isOpen = true;
      this.#wake();
    });
    this.socket.addEventListener('message', ({ data }) => {
      try {
        this.#read(data);
      } catch (error) {
        this.#unreadable ??= error as Error;
      }
      this.#wake();
    });
    this.socket.addEventListener('error', () => {});
    this.socket.addEventListener('close', ({ code, reason }) => {
      this.#ending = { code, reason };
      this.#wake();
    });
  }

  opened(): Promise<true> {
    return this.#until('the socket to open', () => this.#isOpen || undefined);
  }

  say(message: object, payload?: string): void {
    this.sayText(JSON.stringify(message) + (payload === undefined ? '' : `\n${payload}`));
  }

  sayText(text: string): void {
    this.socket.send(text);
  }

  hello(subscriptions: readonly object[] = [], more: object = {}): void {
    this.say({ hello: { protocol: 'zerospan.v1', client: this.#client, subscriptions, ...more } });
  }

  /** The next control message, which must be of this name. Beats are passed over, publications are kept. */
  async control<N extends Name>(name: N): Promise<Body<N>> {
    const control = await this.either(name);
    return control.body as Body<N>;
  }

  async either<N extends Name>(...names: N[]): Promise<Control<N>> {
    const control = await this.#until(names.join(' or '), () => this.#controls.shift());
    const what = `the control message (${JSON.stringify(control.body).slice(0, 300)})`;
    if (!names.some((name) => name === control.name)) same(control.name, names.join(' or '), what);
    return control as Control<N>;
  }

  /** The next ordinary publication. */
  publication(): Promise<Received> {
    return this.#until('a publication', () => this.#ordinary.shift());
  }

  /** The publications of a `replay` that was just read. */
  async announced(count: number): Promise<Received[]> {
    const received: Received[] = [];
    while (received.length < count)
      received.push(await this.#until('an announced one', () => this.#announced.shift()));
    return received;
  }

  /**
   * Everything up to an ordinary publication and to the `live` of so many replays, sorted by whom it is for. Answers to
   * puts and subscriptions are passed over.
   */
  async sorted(
    isLast: (received: Received) => boolean,
    replays: number,
  ): Promise<{ ordinary: Received[]; perSubscription: Map<number, Replayed> }> {
    const ordinary: Received[] = [];
    const replaying = new Map<number, Received[]>();
    const perSubscription = new Map<number, Replayed>();
    while (perSubscription.size < replays) {
      const next = await this.either('accepted', 'subscribed', 'replay', 'live');
      if (next.name === 'replay') {
        const { subscription, count } = next.body;
        const before = replaying.get(subscription) ?? [];
        replaying.set(subscription, [...before, ...(await this.announced(count))]);
      } else if (next.name === 'live') {
        const { subscription, offset } = next.body;
        perSubscription.set(subscription, { received: replaying.get(subscription) ?? [], start: offset });
      }
    }
    for (let last = false; !last; ) {
      const received = await this.publication();
      ordinary.push(received);
      last = isLast(received);
    }
    return { ordinary, perSubscription };
  }

  async publications(count: number): Promise<Received[]> {
    const received: Received[] = [];
    while (received.length < count) received.push(await this.publication());
    return received;
  }

  /** All publications up to one on this channel, which is left out. */
  async publicationsTo(channel: string): Promise<Received[]> {
    const received: Received[] = [];
    for (let next = await this.publication(); next.channel !== channel; next = await this.publication())
      received.push(next);
    return received;
  }

  /** Puts, and answers what the server accepted. */
  put(channels: string | readonly string[], payload = '1'): Promise<Body<'accepted'>> {
    this.sayPut(channels, payload);
    return this.control('accepted');
  }

  /** Puts without waiting; answers the id. */
  sayPut(channels: string | readonly string[], payload = '1'): number {
    this.#lastPut += 1;
    this.say({ put: { id: this.#lastPut, channels: [channels].flat() } }, payload);
    return this.#lastPut;
  }

  /** The code with which the socket was closed. */
  async closedWith(): Promise<number> {
    const { code } = await this.#until('the socket to close', () => this.#ending, true);
    return code;
  }

  close(): void {
    this.socket.close();
  }

  #read(data: unknown): void {
    if (typeof data !== 'string') throw new Error('the server sent a binary message');
    if (!data.startsWith('{')) {
      const [, offset, time, channel, payload] = PUBLICATION.exec(data) ?? [];
      if (payload === undefined)
        throw new Error(`neither publication nor control message: ${data.slice(0, 300)}`);
      this.#entry({ offset: Number(offset), time: Number(time), channel: channel as string, payload });
      return;
    }
    if (data.startsWith('{"gap":{"channel":')) {
      const { channel, reason, from, to: offset, missed } = (JSON.parse(data) as { gap: ChannelGap }).gap;
      same([reason, from], ['upstream', offset], 'the reason, and from, of an upstream gap');
      this.#entry({ offset, time: 0, channel, payload: '', missed });
      return;
    }
    if (this.#toCome > 0)
      throw new Error(`${this.#toCome} announced entries are to come (R4), not ${data.slice(0, 300)}`);
    if (data.includes('\n')) throw new Error(`a control message stands on one line: ${data.slice(0, 300)}`);
    const message = JSON.parse(data) as object;
    const [[name, body] = ['', undefined], ...more] = Object.entries(message);
    if (more.length > 0 || typeof body !== 'object' || body === null)
      throw new Error(`one key, whose value is an object: ${data.slice(0, 300)}`);
    if (name === 'beat') return;
    if (name === 'replay') this.#toCome = (body as Body<'replay'>).count;
    this.#controls.push({ name, body } as Control);
    this.story.push(name);
  }

  /** An entry of the log: a publication, or an upstream gap. */
  #entry(received: Received): void {
    this.payloadLength += received.payload.length;
    if (this.#toCome > 0) {
      this.#toCome -= 1;
      this.#announced.push(received);
    } else this.#ordinary.push(received);
    this.story.push(`${received.offset} ${received.channel}`);
  }

  async #until<T>(what: string, take: () => T | undefined, isEnding = false): Promise<T> {
    for (;;) {
      if (this.#unreadable) throw this.#unreadable;
      const taken = take();
      if (taken !== undefined) return taken;
      if (this.#ending && !isEnding)
        throw new Error(
          `waiting for ${what}, but the socket closed with ${this.#ending.code}; ${this.#last()}`,
        );
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`${what} did not come; ${this.#last()}`)),
          PATIENCE_MS,
        );
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
  }

  #last(): string {
    return `the last frames were: ${this.story.slice(-5).join(', ')}`;
  }
}
