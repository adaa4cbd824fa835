import {
  CLOSE,
  type Clock,
  decodeServerFrame,
  type ErrorBody,
  encodeControl,
  type HelloBody,
  PROTOCOL,
  type PublicationFrame,
  type ServerMessage,
  TIMES,
  utf8Bytes,
  type WelcomeBody,
} from '@zerospan/shared';
import { Since } from '../since.ts';
import type { Ending, OwnEnd, Stage } from './failures/failure.ts';
import type { Socket } from './socket.ts';

const OPEN = 1;
const CLOSED = 3;

/** RFC 6455: the connection ended without a closing handshake. */
const ABNORMAL = 1006;

/** What this side closes with. 1000 is the only code below 3000 that a browser lets a page close with. */
const GOODBYE: Readonly<Record<OwnEnd, { readonly code: number; readonly reason: string }>> = {
  user: { code: 1000, reason: 'closed by its user' },
  slot: { code: 1000, reason: 'its slot has come' },
  away: { code: 1000, reason: 'the log of the server is away' },
  unreadable: { code: 1000, reason: 'a frame that cannot be read' },
  subprotocol: { code: 1000, reason: `not ${PROTOCOL}` },
  silence: { code: CLOSE.silent.code, reason: CLOSE.silent.meaning },
};

/** How long a socket may take for its closing handshake, in ms, before it is ended without. */
const GOODBYE_MS = 1_000;

/** How often the client checks for silence, in ms: this soon it notices that the machine slept, when no timer ran. */
const CHECK_MS = 4_000;

/** By how much a look may be late, in ms, before it is plain that nobody has been listening meanwhile. */
const LATE_MS = 1_000;

/** How long the server may take to answer a question whether it is there, in ms. */
const ANSWER_MS = 4_000;

/**
 * How often a look that is late asks again before it is believed. A page that is thawed hears in the end; one whose
 * timers are always late, because it is hidden, must not put off the truth for ever.
 */
const MOST_ASKED = 2;

/** Receives the events of a connection. Each but `ended` comes only before `ended`, which comes once. */
export interface ConnectionEvents {
  /** The socket is open: what to say in `hello`. */
  hello(): HelloBody;
  welcomed(welcome: WelcomeBody): void;
  /** @param bytes of the frame's text */
  publication(frame: PublicationFrame, bytes: number): void;
  /** @param bytes of the frame's text */
  said(message: ServerMessage, bytes: number): void;
  ended(ending: Ending): void;
}

/** One socket, from its opening to its end, however it ends. */
export class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  #phase: Stage | 'ended' = 'opening';
  /** Why this side ends it, and what reading a frame threw. */
  #own: { readonly end: OwnEnd; readonly cause?: unknown } | undefined;
  #silenceMs: number = TIMES.silenceMs;
  #heardAtMs: number;
  /** How often the server was asked for a sign of life since it gave one. */
  #asked = 0;
  #cancelCheck: () => void = () => {};
  #error: ErrorBody | undefined;
  #closed: () => void = () => {};
  /** Settles when the socket is closed on both sides, or was ended without. */
  readonly gone: Promise<void>;

  constructor(socket: Socket, clock: Clock, events: ConnectionEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#events = events;
    this.#heardAtMs = clock.elapsed();
    this.gone = new Promise((resolve) => {
      this.#closed = resolve;
    });
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', ({ data }) => this.#heard(data));
    const closed = (code: number, reason: string): void => {
      isClosed();
      this.#closed();
      this.#end(code, reason);
    };
    let isClosed = (): void => {};
    // Without a listener, `ws` would throw it.
    socket.addEventListener('error', () => {
      // A close follows in the same turn, but not in Chromium where the policy of the page forbids the connection.
      if (socket.readyState === CLOSED) isClosed = clock.later(0, () => closed(ABNORMAL, ''));
    });
    socket.addEventListener('close', ({ code, reason }) => closed(code, reason));
    this.#checkIn(CHECK_MS);
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** Answers false when it takes nothing, because it is not live. */
  send(frame: string): boolean {
    if (this.#phase !== 'live' || this.#socket.readyState !== OPEN) return false;
    this.#socket.send(frame);
    return true;
  }

  /** Asks the server for a sign of life, and ends the connection soon unless there is one. */
  doubt(): void {
    if (this.#phase === 'live' && this.#asked === 0) this.#ask();
  }

  /** Ends it from this side. `ended` is called at once, before the socket has closed. */
  close(own: OwnEnd, cause?: unknown): void {
    if (this.#phase === 'ended') return;
    this.#own = { end: own, cause };
    const { code, reason } = GOODBYE[own];
    this.#socket.close(code, reason);
    const giveUp = this.#clock.later(GOODBYE_MS, () => {
      this.#socket.terminate?.();
      this.#closed();
    });
    void this.gone.then(giveUp);
    this.#end(code, reason);
  }

  #opened(): void {
    if (this.#phase !== 'opening') return;
    // `ws` and most browsers refuse it by themselves.
    const { protocol = PROTOCOL } = this.#socket;
    if (protocol !== PROTOCOL) {
      this.close('subprotocol');
      return;
    }
    this.#phase = 'greeting';
    this.#alive();
    this.#socket.send(encodeControl({ hello: this.#events.hello() }));
  }

  #heard(data: unknown): void {
    if (this.#phase === 'ended') return;
    this.#alive();
    try {
      this.#read(String(data));
    } catch (error) {
      // Whatever was in that frame is missing now; a new connection resumes before it.
      this.close('unreadable', error);
    }
  }

  #read(frame: string): void {
    const decoded = decodeServerFrame(frame);
    if (decoded.kind === 'publication') this.#events.publication(decoded.publication, utf8Bytes(frame));
    if (decoded.kind !== 'control') return;
    const { message } = decoded;
    if ('welcome' in message) {
      this.#phase = 'live';
      this.#silenceMs = message.welcome.silenceMs;
      this.#checkIn(Math.min(CHECK_MS, this.#silenceMs));
      this.#events.welcomed(message.welcome);
      return;
    }
    if ('error' in message) this.#error = message.error;
    // Before welcome an error says why the connection ends, and is reported with its end.
    if (this.#phase === 'live') this.#events.said(message, utf8Bytes(frame));
  }

  #alive(): void {
    this.#heardAtMs = this.#clock.elapsed();
    this.#asked = 0;
  }

  #ask(): void {
    this.#asked += 1;
    this.send(encodeControl({ ping: { id: this.#asked } }));
    this.#checkIn(ANSWER_MS);
  }

  /** One timer that checks again and again, rather than one that each frame sets. */
  #checkIn(delayMs: number): void {
    this.#cancelCheck();
    const since = new Since(this.#clock);
    this.#cancelCheck = this.#clock.later(delayMs, () => this.#check(since.ms - delayMs, since.sleptMs));
  }

  /** @param sleptMs of the time since the last look, what a clock that sleeps with the machine does not count */
  #check(lateMs: number, sleptMs: number): void {
    const leftMs = this.#silenceMs - (this.#clock.elapsed() - this.#heardAtMs) - sleptMs;
    if (leftMs > 0 && this.#asked === 0) this.#checkIn(Math.min(leftMs, CHECK_MS));
    // A page that was frozen, or a thread that was held up: what the server has said since may not have been handed
    // over yet.
    else if (lateMs > LATE_MS && this.#asked < MOST_ASKED) this.#ask();
    else this.close('silence');
  }

  #end(code: number, reason: string): void {
    const stage = this.#phase;
    if (stage === 'ended') return;
    this.#phase = 'ended';
    this.#cancelCheck();
    const quietMs = this.#clock.elapsed() - this.#heardAtMs;
    const { end: own, cause } = this.#own ?? {};
    this.#events.ended({ stage, code, reason, own, error: this.#error, quietMs, cause });
  }
}
