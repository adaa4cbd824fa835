import {
  type ClientMessage,
  LIMITS,
  type ServerMessage,
  TIMES,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import { Bus } from '../../client/src/bus.ts';
import type { Socket, SocketClass } from '../../client/src/connection/socket.ts';
import type { BusOptions } from '../../client/src/types.ts';
import { ManualClock } from './manual-clock.ts';

type Handler = (event: { data: unknown; code: number; reason: string }) => void;

/** A WebSocket without a network: the test is the server. */
export class FakeSocket implements Socket {
  readyState = 0;
  bufferedAmount = 0;
  readonly url: string;
  readonly protocol: string;
  /** Frames as they were sent. */
  readonly sent: string[] = [];
  closedWith: { code: number | undefined; reason: string | undefined } | undefined;
  terminated = false;
  /** Whether close() is answered by the other side. */
  answersClose = true;
  readonly #handlers: { type: string; handler: Handler }[] = [];

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
  }

  addEventListener(type: string, handler: Handler): void {
    this.#handlers.push({ type, handler });
  }

  send(text: string): void {
    if (this.readyState !== 1) throw new Error(`sent in state ${this.readyState}`);
    this.sent.push(text);
  }

  close(code?: number, reason?: string): void {
    this.closedWith = { code, reason };
    this.readyState = 2;
    if (this.answersClose) this.drops(code, reason);
  }

  terminate(): void {
    this.terminated = true;
    this.drops(1006);
  }

  opens(): void {
    this.readyState = 1;
    this.#fire('open');
  }

  says(message: ServerMessage): void {
    this.frame(JSON.stringify(message));
  }

  frame(data: string): void {
    this.#fire('message', { data });
  }

  /** An ordinary publication, or one that a replay announced. */
  publishes(offset: number, channel: string, message: unknown = offset): void {
    this.frame(`${offset} 1795458000123 ${channel} ${JSON.stringify(message)}`);
  }

  /** The connection ends, by either side. */
  drops(code = 1006, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#fire('close', { code, reason });
  }

  /** It fails without a close, as in Chromium where a page's policy forbids the connection. */
  failsUnclosed(): void {
    this.readyState = 3;
    this.#fire('error');
  }

  /** What was sent, read: puts with their payload. */
  get messages(): (ClientMessage & { payload?: string })[] {
    return this.sent.map((frame) => {
      const [head = '', ...payload] = frame.split('\n');
      const message = JSON.parse(head) as ClientMessage;
      return payload.length > 0 ? { ...message, payload: payload.join('\n') } : message;
    });
  }

  get hello() {
    const [first] = this.messages;
    if (first === undefined || !('hello' in first)) throw new Error('no hello was sent');
    return first.hello;
  }

  #fire(type: string, event: { data?: unknown; code?: number; reason?: string } = {}): void {
    for (const each of this.#handlers) {
      if (each.type === type) each.handler({ data: undefined, code: 0, reason: '', ...event });
    }
  }
}

export const EPOCH = 'e1';

export function welcome(more: Partial<WelcomeBody> = {}): ServerMessage {
  return {
    welcome: {
      session: 's1',
      epoch: EPOCH,
      resumed: false,
      from: more.head ?? 0,
      head: 0,
      beatMs: TIMES.beatMs,
      silenceMs: TIMES.silenceMs,
      retrySpreadMs: 500,
      limits: LIMITS,
      ...more,
    },
  };
}

/** The answer to a subscription. */
export function subscribed(id: number, offset: number, replaying = false): ServerMessage {
  return { subscribed: { id, offset, replaying } };
}

/** A bus whose server and whose time are in the test's hands. */
export class FakeServer {
  readonly clock = new ManualClock();
  readonly sockets: FakeSocket[] = [];
  /** What `random` answers: where in its window an attempt to connect falls. */
  random = 0.5;
  readonly Socket: SocketClass;

  constructor() {
    const { sockets } = this;
    this.Socket = class extends FakeSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        sockets.push(this);
      }
    };
  }

  bus<Channels extends object = Record<string, unknown>>(options: BusOptions = {}): Bus<Channels> {
    const { clock, Socket } = this;
    return new Bus<Channels>('ws://test/bus', {
      clock,
      random: () => this.random,
      WebSocket: Socket,
      ...options,
    });
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was made');
    return socket;
  }

  /** Opens the newest socket, and welcomes. */
  welcomes(more: Partial<WelcomeBody> = {}): FakeSocket {
    const { socket } = this;
    socket.opens();
    socket.says(welcome(more));
    return socket;
  }

  /** Lets the wait for the next attempt pass. Answers the socket made then. */
  returns(): FakeSocket {
    const before = this.sockets.length;
    this.clock.advance(30_000);
    if (this.sockets.length !== before + 1) throw new Error('no new socket was made');
    return this.socket;
  }
}

/** Lets everything happen that only waits for other promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** How a promise ended, or that it has not: the code of its error, its value, or `pending`. */
export async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  const pending = settle().then(() => 'pending');
  return Promise.race([
    promise.catch((error: unknown) => (error instanceof ZerospanError ? error.code : error)),
    pending,
  ]);
}
