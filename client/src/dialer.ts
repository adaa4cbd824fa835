import {
  BACKOFF,
  CLOSE,
  type Clock,
  fullJitterMs,
  type HelloBody,
  PROTOCOL,
  type PublicationFrame,
  type ServerMessage,
  TIMES,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { SocketClass } from '#socket';
import { Connection, type Ending } from './connection.ts';
import { refusal } from './refusal.ts';
import type { BusOptions, State } from './types.ts';

/** What a dialer is made of. */
export interface Dialling {
  readonly url: string;
  readonly Socket: SocketClass;
  readonly token: BusOptions['token'];
  readonly clock: Clock;
  readonly random: () => number;
}

/** Who a dialer tells. */
export interface DialerEvents {
  /** A socket is open: the rest of what `hello` says. */
  hello(token: string | undefined): Omit<HelloBody, 'protocol'>;
  welcomed(welcome: WelcomeBody, connection: Connection): void;
  publication(frame: PublicationFrame, bytes: number): void;
  said(message: ServerMessage): void;
  /** The connection has ended with this close code; another follows unless `rejected` comes. */
  lost(closeCode: number): void;
  /** The server said not to come back. */
  rejected(error: ZerospanError): void;
  state(state: State): void;
  failed(error: Error): void;
}

/** Keeps a connection: makes one, and another whenever one has ended, until told to stop. */
export class Dialer {
  readonly #with: Dialling;
  readonly #events: DialerEvents;
  #state: State = 'connecting';
  #connection: Connection | undefined;
  /** When the server, draining, said to come back. */
  #slotMs: number | undefined;
  /** Calls off the wait that is under way: for a token, or for the next attempt. */
  #callOff: () => void = () => {};
  #attempt = 0;
  #firstMs = BACKOFF.firstMs;

  constructor(dialling: Dialling, events: DialerEvents) {
    this.#with = dialling;
    this.#events = events;
  }

  get state(): State {
    return this.#state;
  }

  /** Makes the first attempt. To be called once. */
  start(): void {
    this.#dial();
  }

  /** Sends a frame if a connection is live. */
  send(frame: string): boolean {
    return this.#connection?.send(frame) ?? false;
  }

  /** Stops for good. Settles when the socket is gone, soon in any case. */
  async stop(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#callOff();
    const connection = this.#connection;
    this.#is('closed');
    connection?.close(1000, 'closed by its user');
    await connection?.gone;
  }

  #dial(): void {
    this.#is('connecting');
    const { token } = this.#with;
    if (token === undefined) this.#open(undefined);
    else this.#ask(token);
  }

  /** A token that is late must not hold everything up for ever, nor open a second connection when it comes. */
  #ask(token: () => string | Promise<string>): void {
    let isLate = false;
    const stopClock = this.#with.clock.later(TIMES.silenceMs, () => {
      fail(new ZerospanError('timeout', `token() took longer than ${TIMES.silenceMs} ms`));
    });
    this.#callOff = () => {
      isLate = true;
      stopClock();
    };
    const fail = (error: unknown): void => {
      if (isLate) return;
      this.#callOff();
      this.#failed(error);
      this.#wait();
    };
    const ask = async (): Promise<string> => token();
    ask().then((answer: unknown) => {
      if (isLate) return;
      if (typeof answer !== 'string') return fail(new TypeError('token() answers a string'));
      this.#callOff();
      this.#open(answer);
    }, fail);
  }

  #open(token: string | undefined): void {
    try {
      const { url, Socket, clock } = this.#with;
      this.#connection = new Connection(new Socket(url, PROTOCOL), clock, {
        hello: () => ({ protocol: PROTOCOL, ...this.#events.hello(token) }),
        welcomed: (welcome) => this.#welcomed(welcome),
        publication: (frame, bytes) => this.#events.publication(frame, bytes),
        said: (message) => {
          if ('draining' in message) this.#leaveIn(message.draining.comeBackMs);
          this.#events.said(message);
        },
        failed: (error) => this.#failed(error),
        ended: (ending) => this.#ended(ending),
      });
    } catch (error) {
      this.#failed(error);
      this.#wait();
    }
  }

  #welcomed(welcome: WelcomeBody): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#attempt = 0;
    this.#firstMs = welcome.retrySpreadMs;
    this.#events.welcomed(welcome, connection);
    this.#is('live');
  }

  /** The server is about to stop: this connection lasts until its slot has come, if the server lets it. */
  #leaveIn(comeBackMs: number): void {
    const { clock } = this.#with;
    this.#slotMs = clock.now() + comeBackMs;
    this.#callOff = clock.later(comeBackMs, () => this.#connection?.close(1000, 'its slot has come'));
  }

  #ended(ending: Ending): void {
    this.#connection = undefined;
    const isUnheard = this.#state === 'connecting' && ending.error !== undefined;
    this.#events.lost(ending.code);
    if (this.#state === 'closed') return;
    if (ending.comesBack) {
      if (isUnheard) this.#failed(refusal(ending.error));
      this.#wait();
      return;
    }
    const reason = ending.error?.reason ?? (ending.reason || meaningOf(ending.code));
    const remedy = ending.error?.remedy;
    this.#is('closed');
    this.#events.rejected(new ZerospanError('rejected', reason, remedy === undefined ? {} : { remedy }));
  }

  #wait(): void {
    const { clock, random } = this.#with;
    const jitterMs = fullJitterMs(this.#attempt, { ...BACKOFF, firstMs: this.#firstMs }, random);
    const waitMs = this.#slotMs === undefined ? jitterMs : Math.max(this.#slotMs - clock.now(), 0);
    this.#slotMs = undefined;
    this.#attempt += 1;
    this.#callOff();
    this.#callOff = clock.later(waitMs, () => this.#dial());
    this.#is('waiting');
  }

  #failed(error: unknown): void {
    this.#events.failed(error instanceof Error ? error : new Error(String(error)));
  }

  #is(state: State): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#events.state(state);
  }
}

function meaningOf(code: number): string {
  const known = Object.values(CLOSE).find((close) => close.code === code);
  return known?.meaning ?? `The server closed the connection with ${code}.`;
}
