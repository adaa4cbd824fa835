import type { SERVER_MESSAGES, ServerMessage } from '@zerospan/shared';
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
export type Body<N extends Name> = Extract<ServerMessage, Record<N, unknown>>[N & keyof ServerMessage];

export interface Told {
  readonly offset: number;
  readonly time: number;
  readonly channel: string;
  readonly payload: string;
}
interface Control {
  readonly name: string;
  readonly body: unknown;
}

/** Longer than anything here takes, and shorter than a test may take, so that what was waited for stands in the report. */
const PATIENCE_MS = 8_000;

/** `offset SP time SP channel SP payload`: numbers without leading zeros, and anything at the end. */
const PUBLICATION = /^([1-9]\d*) (0|[1-9]\d*) ([^ ]+) (.+)$/s;

/**
 * The other end of the wire, as bare as can be: it sends what it is told to send, and reads frames strictly by section 3 of
 * PROTOCOL.md, with code of its own.
 */
export class RawClient {
  readonly socket: RawSocket;
  /** Every frame in short: the name of a control message, or `offset channel`. */
  readonly story: string[] = [];
  readonly #publications: Told[] = [];
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
    this.say({ hello: { protocol: 'zerospan.v1', client: 'raw-client', subscriptions, ...more } });
  }

  /** The next control message, which must be of this name. Beats are passed over, publications are kept. */
  async control<N extends Name>(name: N): Promise<Body<N>> {
    const control = await this.#until(name, () => this.#controls.shift());
    same(control.name, name, `the control message (${JSON.stringify(control.body).slice(0, 300)})`);
    return control.body as Body<N>;
  }

  /** The next publication, announced or ordinary. */
  publication(): Promise<Told> {
    return this.#until('a publication', () => this.#publications.shift());
  }

  async publications(count: number): Promise<Told[]> {
    const told: Told[] = [];
    while (told.length < count) told.push(await this.publication());
    return told;
  }

  /** All publications up to one on this channel, which is left out. */
  async publicationsTo(channel: string): Promise<Told[]> {
    const told: Told[] = [];
    for (let next = await this.publication(); next.channel !== channel; next = await this.publication())
      told.push(next);
    return told;
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
      if (payload === undefined) throw new Error(`neither publication nor control message: ${data.slice(0, 300)}`);
      this.#publications.push({ offset: Number(offset), time: Number(time), channel: channel as string, payload });
      this.story.push(`${offset} ${channel}`);
      return;
    }
    if (data.includes('\n')) throw new Error(`a control message stands on one line: ${data.slice(0, 300)}`);
    const message = JSON.parse(data) as object;
    const [[name, body] = ['', undefined], ...more] = Object.entries(message);
    if (more.length > 0 || typeof body !== 'object' || body === null)
      throw new Error(`one key, whose value is an object: ${data.slice(0, 300)}`);
    if (name === 'beat') return;
    this.#controls.push({ name, body });
    this.story.push(name);
  }

  async #until<T>(what: string, take: () => T | undefined, isEnding = false): Promise<T> {
    for (;;) {
      if (this.#unreadable) throw this.#unreadable;
      const taken = take();
      if (taken !== undefined) return taken;
      if (this.#ending && !isEnding)
        throw new Error(`waiting for ${what}, but the socket closed with ${this.#ending.code}; ${this.#last()}`);
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${what} did not come; ${this.#last()}`)), PATIENCE_MS);
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
