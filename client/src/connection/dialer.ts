import {
  type BeatBody,
  CLOSE,
  type Clock,
  type Code,
  type HelloBody,
  PROTOCOL,
  type PublicationFrame,
  type ServerMessage,
  shouldReconnect,
  type WelcomeBody,
  ZerospanError,
} from '@zerospan/shared';
import { thrownClue, witnessOf } from '#socket';
import type { BusOptions, State, StateDetail } from '../types.ts';
import { Away, isConnected } from './away.ts';
import { Connection } from './connection.ts';
import { type Clue, clueOf, type Ending, failureOf, isOrderly } from './failures/failure.ts';
import { FailureReports } from './failures/failure-reports.ts';
import { IdleCuts } from './idle-cuts.ts';
import type { News, NewsSource } from './news.ts';
import { ReconnectPolicy } from './reconnect-policy.ts';
import { Refresh } from './refresh.ts';
import type { SocketClass } from './socket.ts';
import { askToken, tokenClue } from './token.ts';
import type { Witness } from './witness/witness.ts';

/** Why the server rejects this client for good, for close codes that have a code of their own. */
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

/** Receives the events of a dialer. */
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
  state(state: State, detail: StateDetail): void;
  failed(error: ZerospanError): void;
}

/** Keeps a connection: opens one, and another whenever one has ended, until it is stopped. */
export class Dialer {
  readonly #with: Dialling;
  readonly #events: DialerEvents;
  readonly #reconnects: ReconnectPolicy;
  readonly #reports: FailureReports;
  readonly #idleCuts = new IdleCuts();
  readonly #away: Away;
  #state: State = 'connecting';
  /** Attempts since a connection lasted. */
  #attempt = 0;
  #connection: Connection | undefined;
  /** Of the connection, where its token ends. */
  #refresh: Refresh | undefined;
  /** Calls off the wait that is under way: for a token, or for the next attempt. */
  #callOff: () => void = () => {};
  #stopHearing: () => void = () => {};

  constructor(dialling: Dialling, events: DialerEvents) {
    this.#with = dialling;
    this.#events = events;
    this.#reconnects = new ReconnectPolicy(dialling.clock, dialling.random);
    this.#reports = new FailureReports(dialling.clock, (failure) => events.failed(failure));
    this.#away = new Away(dialling.clock, () => this.#connection?.close('away'));
  }

  /** Why the last attempt failed, or the last connection ended. */
  get lastFailure(): ZerospanError | undefined {
    return this.#reports.last;
  }

  get state(): State {
    return this.#state;
  }

  /** In how many ms the next attempt begins; undefined: none is waited for. */
  get retryInMs(): number | undefined {
    return this.#state === 'waiting' ? this.#reconnects.dueInMs() : undefined;
  }

  /** The user has reason to believe that an attempt may succeed now: the same as when the page is woken. */
  retryNow(): void {
    if (this.#state === 'waiting') this.#hurry('woken');
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
    this.#reports.stop(undefined);
    this.#is('closed');
    connection?.close('user');
    await connection?.gone;
  }

  #dial(): void {
    this.#attempt += 1;
    this.#is('connecting', { attempt: this.#attempt });
    this.#reconnects.dialled();
    const { token } = this.#with;
    if (token === undefined) this.#open(undefined);
    else
      this.#callOff = askToken(token, this.#with.clock, {
        given: (answer) => this.#open(answer),
        failed: (error) => this.#failed(tokenClue(error)),
      });
  }

  #open(token: string | undefined): void {
    const { url, Socket, clock } = this.#with;
    try {
      const socket = new Socket(url, PROTOCOL);
      const witness = witnessOf(socket, url);
      this.#connection = new Connection(socket, clock, {
        hello: () => ({ protocol: PROTOCOL, ...this.#events.hello(token) }),
        welcomed: (welcome) => this.#welcomed(welcome),
        publication: (frame, bytes) => this.#events.publication(frame, bytes),
        said: (message, bytes) => {
          if ('draining' in message) this.#leaveIn(message.draining.comeBackMs);
          if ('authorized' in message) this.#refresh?.lasts(message.authorized.expiresInMs);
          if ('beat' in message) this.#beat(message.beat);
          this.#events.said(message, bytes);
        },
        ended: (ending) => this.#ended(ending, witness),
      });
    } catch (error) {
      this.#failed(thrownClue(error, url));
    }
  }

  #welcomed(welcome: WelcomeBody): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#reconnects.welcomed(welcome.retrySpreadMs);
    this.#away.welcomed();
    this.#reports.welcomed();
    this.#keepFresh(welcome.expiresInMs, connection);
    this.#events.welcomed(welcome, connection);
    this.#is('live');
  }

  #beat({ retrySpreadMs, logAwayMs }: BeatBody): void {
    this.#reconnects.spread(retrySpreadMs);
    if (this.#away.beat(logAwayMs)) this.#is('stale', { logAwayMs: logAwayMs ?? 0 });
    else this.#is('live');
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
      failed: (error) => this.#events.failed(failureOf(tokenClue(error), this.#with.url)),
    });
    this.#refresh.lasts(expiresInMs);
  }

  /** The server is about to stop: this connection lasts until its slot has come, if the server lets it. */
  #leaveIn(comeBackMs: number): void {
    this.#reconnects.slotIn(comeBackMs);
    this.#callOff = this.#with.clock.later(comeBackMs, () => this.#connection?.close('slot'));
  }

  #ended(ending: Ending, witness: Witness): void {
    this.#connection = undefined;
    this.#away.ended();
    this.#refresh?.stop();
    this.#refresh = undefined;
    this.#events.lost(ending.code);
    if (this.#state !== 'closed') {
      if (shouldReconnect(ending.code)) this.#failing(ending, witness);
      else this.#rejected(ending);
    }
    witness.stop();
  }

  /** Finds out why, as far as that can be known, and waits. */
  #failing(ending: Ending, witness: Witness): void {
    if (this.#reconnects.ended()) this.#attempt = 0;
    const isUnopened = ending.stage === 'opening' && ending.own === undefined;
    const clue = this.#idleCuts.seen((isUnopened ? witness.clue() : undefined) ?? clueOf(ending), ending);
    const failure = failureOf(clue, this.#with.url);
    const inquiry = isUnopened ? witness.inquiry() : undefined;
    if (inquiry === undefined) this.#reports.failed(failure, isOrderly(ending, clue));
    else
      this.#reports.inquire(failure, async () => {
        const found = await inquiry();
        return found === undefined ? failure : failureOf(found, this.#with.url);
      });
    this.#reconnect();
  }

  /** The server said not to come back. */
  #rejected({ code, reason, error }: Ending): void {
    const words = error?.reason ?? (reason || meaningOf(code));
    const failure = new ZerospanError(FOR_GOOD[code] ?? 'rejected', words, { remedy: error?.remedy });
    this.#stopHearing();
    this.#reports.stop(failure);
    this.#is('closed', { failure });
    this.#events.rejected(failure);
  }

  /** An attempt came to nothing before it had a socket. */
  #failed(clue: Clue): void {
    this.#reconnects.ended();
    this.#reports.failed(failureOf(clue, this.#with.url), false);
    this.#reconnect();
  }

  #reconnect(): void {
    const retryInMs = this.#reconnects.waitMs();
    this.#dialIn(retryInMs);
    const failure = this.lastFailure;
    this.#is('waiting', { attempt: this.#attempt, retryInMs, ...(failure && { failure }) });
  }

  #dialIn(waitMs: number): void {
    this.#callOff();
    this.#callOff = this.#with.clock.later(waitMs, () => this.#dial());
  }

  #heard(news: News): void {
    this.#reconnects.heard(news);
    // Whatever it is, the connection may be gone without a word.
    if (isConnected(this.#state)) this.#connection?.doubt();
    if (this.#state === 'waiting') this.#hurry(news);
  }

  #hurry(news: News): void {
    const leftMs = this.#reconnects.leftMs(news);
    if (leftMs !== undefined) this.#dialIn(leftMs);
  }

  #is(state: State, detail: StateDetail = {}): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#events.state(state, detail);
  }
}

function meaningOf(code: number): string {
  const known = Object.values(CLOSE).find((close) => close.code === code);
  return known?.meaning ?? `The server closed the connection with ${code}.`;
}
