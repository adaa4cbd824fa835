import {
  CLOSE,
  type Clock,
  type Code,
  type HelloBody,
  PROTOCOL,
  type PublicationFrame,
  type ServerMessage,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { SocketClass } from '#socket';
import type { BusOptions, State } from '../types.ts';
import { Comeback } from './comeback.ts';
import { Connection, type Ending } from './connection.ts';
import type { News, NewsSource } from './news.ts';
import { Refresh } from './refresh.ts';
import { refusal } from './refusal.ts';
import { askToken } from './token.ts';

/** Why the server does not want to see this client again, where that has a code of its own. */
const FOR_GOOD: Readonly<Record<number, Code>> = {
  [CLOSE.unauthorized.code]: 'unauthorized',
  [CLOSE.revoked.code]: 'revoked',
};

/** What a dialer is made of. */
export interface Dialling {
  readonly url: string;
  readonly Socket: SocketClass;
  readonly token: BusOptions['token'];
  readonly clock: Clock;
  readonly random: () => number;
  readonly news: NewsSource;
}

/** Who a dialer tells. */
export interface DialerEvents {
  /** A socket is open: the rest of what `hello` says. */
  hello(token: string | undefined): Omit<HelloBody, 'protocol'>;
  welcomed(welcome: WelcomeBody, connection: Connection): void;
  publication(frame: PublicationFrame, bytes: number): void;
  said(message: ServerMessage, bytes: number): void;
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
  readonly #comeback: Comeback;
  #state: State = 'connecting';
  #connection: Connection | undefined;
  /** Of the connection, where its token ends. */
  #refresh: Refresh | undefined;
  /** Calls off the wait that is under way: for a token, or for the next attempt. */
  #callOff: () => void = () => {};
  #stopHearing: () => void = () => {};

  constructor(dialling: Dialling, events: DialerEvents) {
    this.#with = dialling;
    this.#events = events;
    this.#comeback = new Comeback(dialling.clock, dialling.random);
  }

  get state(): State {
    return this.#state;
  }

  /** Makes the first attempt. To be called once. */
  start(): void {
    this.#stopHearing = this.#with.news((news) => this.#heard(news));
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
    this.#stopHearing();
    const connection = this.#connection;
    this.#is('closed');
    connection?.close(1000, 'closed by its user');
    await connection?.gone;
  }

  #dial(): void {
    this.#is('connecting');
    this.#comeback.dialled();
    const { token } = this.#with;
    if (token === undefined) this.#open(undefined);
    else
      this.#callOff = askToken(token, this.#with.clock, {
        given: (answer) => this.#open(answer),
        failed: (error) => {
          this.#failed(error);
          this.#comeBack();
        },
      });
  }

  #open(token: string | undefined): void {
    try {
      const { url, Socket, clock } = this.#with;
      this.#connection = new Connection(new Socket(url, PROTOCOL), clock, {
        hello: () => ({ protocol: PROTOCOL, ...this.#events.hello(token) }),
        welcomed: (welcome) => this.#welcomed(welcome),
        publication: (frame, bytes) => this.#events.publication(frame, bytes),
        said: (message, bytes) => {
          if ('draining' in message) this.#leaveIn(message.draining.comeBackMs);
          if ('authorized' in message) this.#refresh?.lasts(message.authorized.expiresInMs);
          if ('beat' in message) this.#comeback.spread(message.beat.retrySpreadMs);
          this.#events.said(message, bytes);
        },
        failed: (error) => this.#failed(error),
        ended: (ending) => this.#ended(ending),
      });
    } catch (error) {
      this.#failed(error);
      this.#comeBack();
    }
  }

  #welcomed(welcome: WelcomeBody): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#comeback.welcomed(welcome.retrySpreadMs);
    this.#keepFresh(welcome.expiresInMs, connection);
    this.#events.welcomed(welcome, connection);
    this.#is('live');
  }

  /** @param expiresInMs how long the token lasts; undefined: it does not end */
  #keepFresh(expiresInMs: number | undefined, connection: Connection): void {
    const { token, clock, random } = this.#with;
    if (token === undefined || expiresInMs === undefined) return;
    this.#refresh = new Refresh({
      token,
      clock,
      random,
      send: (frame) => connection.send(frame),
      failed: (error) => this.#failed(error),
    });
    this.#refresh.lasts(expiresInMs);
  }

  /** The server is about to stop: this connection lasts until its slot has come, if the server lets it. */
  #leaveIn(comeBackMs: number): void {
    this.#comeback.slotIn(comeBackMs);
    this.#callOff = this.#with.clock.later(comeBackMs, () =>
      this.#connection?.close(1000, 'its slot has come'),
    );
  }

  #ended(ending: Ending): void {
    this.#connection = undefined;
    this.#refresh?.stop();
    this.#refresh = undefined;
    const isUnheard = this.#state === 'connecting' && ending.error !== undefined;
    this.#events.lost(ending.code);
    if (this.#state === 'closed') return;
    if (ending.comesBack) {
      if (isUnheard) this.#failed(refusal(ending.error));
      this.#comeBack();
      return;
    }
    const reason = ending.error?.reason ?? (ending.reason || meaningOf(ending.code));
    const remedy = ending.error?.remedy;
    this.#stopHearing();
    this.#is('closed');
    const code = FOR_GOOD[ending.code] ?? 'rejected';
    this.#events.rejected(new ZerospanError(code, reason, remedy === undefined ? {} : { remedy }));
  }

  #comeBack(): void {
    this.#dialIn(this.#comeback.waitMs());
    this.#is('waiting');
  }

  #dialIn(waitMs: number): void {
    this.#callOff();
    this.#callOff = this.#with.clock.later(waitMs, () => this.#dial());
  }

  #heard(news: News): void {
    this.#comeback.heard(news);
    // Whatever it is, the connection may be gone without a word.
    if (this.#state === 'live') this.#connection?.doubt();
    if (this.#state !== 'waiting') return;
    const leftMs = this.#comeback.leftMs(news);
    if (leftMs !== undefined) this.#dialIn(leftMs);
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
