import {
  CLOSE,
  type Clock,
  comesBack,
  decodeServerFrame,
  type ErrorBody,
  encodeControl,
  type HelloBody,
  type PublicationFrame,
  type ServerMessage,
  TIMES,
  utf8Bytes,
  type WelcomeBody,
} from '@zerospan/shared';
import type { Socket } from '#socket';

/** The only code below 3000 that a browser lets a page close with. */
const NORMAL = 1000;
const OPEN = 1;

/** How long a socket may take for its closing handshake, in ms, before it is ended without. */
const GOODBYE_MS = 1_000;

/** How a connection ended: whether to come back, and the last that the server said about it. */
export interface Ending {
  readonly comesBack: boolean;
  readonly code: number;
  readonly reason: string;
  /** The server's last `error`, if it told one. */
  readonly error: ErrorBody | undefined;
}

/** Who a connection tells. Each but `ended` comes only before `ended`, which comes once. */
export interface ConnectionEvents {
  /** The socket is open: what to say in `hello`. */
  hello(): HelloBody;
  welcomed(welcome: WelcomeBody): void;
  /** @param bytes of the frame's text */
  publication(frame: PublicationFrame, bytes: number): void;
  said(message: ServerMessage): void;
  /** Something went wrong that the connection itself may survive. */
  failed(error: unknown): void;
  ended(ending: Ending): void;
}

/** One socket, from its opening to its end, however it ends. */
export class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  #phase: 'opening' | 'greeting' | 'live' | 'ended' = 'opening';
  #silenceMs: number = TIMES.silenceMs;
  #heardAtMs: number;
  #stopWatch: () => void = () => {};
  #error: ErrorBody | undefined;
  #closed: () => void = () => {};
  /** Settles when the socket is closed on both sides, or was ended without. */
  readonly gone: Promise<void>;

  constructor(socket: Socket, clock: Clock, events: ConnectionEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#events = events;
    this.#heardAtMs = clock.now();
    this.gone = new Promise((resolve) => {
      this.#closed = resolve;
    });
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', ({ data }) => this.#heard(data));
    // Every error is followed by a close; without a listener, `ws` would throw it.
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', ({ code, reason }) => {
      this.#closed();
      this.#end(code, reason);
    });
    this.#watch(this.#silenceMs);
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

  /** Ends it from this side, at once as far as anybody here is told. */
  close(code: number, reason: string): void {
    if (this.#phase === 'ended') return;
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
    this.#phase = 'greeting';
    this.#socket.send(encodeControl({ hello: this.#events.hello() }));
  }

  #heard(data: unknown): void {
    if (this.#phase === 'ended') return;
    this.#heardAtMs = this.#clock.now();
    try {
      this.#read(String(data));
    } catch (error) {
      // Whatever was in that frame is missing now; a new connection resumes before it.
      this.#events.failed(error);
      this.close(NORMAL, 'a frame that cannot be read');
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
      this.#watch(this.#silenceMs);
      this.#events.welcomed(message.welcome);
      return;
    }
    if ('error' in message) this.#error = message.error;
    // Before welcome an error says why the connection ends, and is told with its end.
    if (this.#phase === 'live') this.#events.said(message);
  }

  /** One timer that looks when silence could have lasted long enough, rather than one set anew by each frame. */
  #watch(delayMs: number): void {
    this.#stopWatch();
    this.#stopWatch = this.#clock.later(delayMs, () => {
      const silentMs = this.#clock.now() - this.#heardAtMs;
      if (silentMs >= this.#silenceMs) this.close(CLOSE.silent.code, CLOSE.silent.meaning);
      // Negative when the system's clock was put back.
      else this.#watch(this.#silenceMs - Math.max(silentMs, 0));
    });
  }

  #end(code: number, reason: string): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#stopWatch();
    this.#events.ended({ comesBack: comesBack(code), code, reason, error: this.#error });
  }
}
