import type { Socket } from 'node:net';
import { type ServerMessage, shouldReconnect } from '@zerospan/shared';
import type { Encoding } from '../../../../core/fanout/encoding.ts';
import type { Link } from '../../../../core/session/link.ts';
import type { Speech } from './dialect.ts';

/** More than this waiting in the process for one client, in bytes, and its session leaves fan-out. */
const FULL_BYTES = 256 * 1024;

/** With a backlog, this many looks without progress are borne, three minutes of them, as for a WebSocket. */
const STUCK_MOST = 72;

/**
 * A client that does not take what waits for it is cut this long after the end, or after `CLOSE_GRACES` times this
 * while it still takes some of it.
 */
const CLOSE_GRACE_MS = 1_000;
const CLOSE_GRACES = 5;

/** The socket of an answer, as far as a stream uses it. */
export type StreamSocket = Pick<
  Socket,
  'write' | 'cork' | 'uncork' | 'destroy' | 'writableLength' | 'bytesWritten'
> & { on(event: 'drain', listener: () => void): unknown };

/** An answer whose head has been sent. It has no length, and is not chunked: it ends with its connection. */
export interface StreamAnswer {
  readonly socket: StreamSocket;
  end(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** Whose link it is. */
export interface StreamOwner {
  roomAgain(): void;
  closed(): void;
}

/**
 * A session's link over the answer to a request. Its client says nothing, so it is alive for as long as the system
 * takes what is written: a client that is gone is noticed by TCP, or by its backlog.
 */
export class StreamLink implements Link {
  readonly encoding: Encoding;
  /** undefined: nobody listens yet. */
  owner: StreamOwner | undefined;
  /** While history is on its way no position is written: the one of the session is ahead of it. */
  isReplaying = false;
  readonly #answer: StreamAnswer;
  readonly #socket: StreamSocket;
  readonly #speech: Speech;
  #historyTo = 0;
  #full = false;
  #corked = false;
  #closing = false;
  #drained = 0;
  #waited = false;
  #stuck = 0;

  constructor(answer: StreamAnswer, speech: Speech) {
    this.#answer = answer;
    this.#socket = answer.socket;
    this.#speech = speech;
    this.encoding = speech.encoding;
    this.#socket.on('drain', () => this.#emptied());
    answer.once('close', () => {
      this.#closing = true;
      this.owner?.closed();
    });
  }

  get hasRoom(): boolean {
    return !this.#full;
  }

  say(message: ServerMessage): void {
    if ('live' in message) this.#historyEnds(message.live.offset);
    else if ('beat' in message) this.#sayPosition(message.beat.offset);
    else {
      const text = this.#speech.control(message);
      if (text !== undefined) this.write(text);
    }
  }

  /** Writes what no control message says. */
  write(text: string): void {
    this.send(Buffer.from(text));
  }

  send(encoded: Buffer): void {
    if (this.#closing) return;
    this.#cork();
    this.#write(encoded);
  }

  sendNow(encoded: Buffer): void {
    if (this.#closing) return;
    this.#write(encoded);
    this.#uncork();
  }

  /** HTTP has none: a position is written with each heartbeat. */
  ping(): void {}

  alive(): boolean {
    const { bytesWritten, writableLength } = this.#socket;
    const drained = bytesWritten - writableLength;
    const alive = writableLength === 0 || (this.#waited && drained > this.#drained);
    this.#drained = drained;
    this.#waited = writableLength > 0;
    this.#stuck = alive ? 0 : this.#stuck + 1;
    return alive || this.#stuck <= STUCK_MOST;
  }

  // A client of events says nothing that could be held.

  hold(): void {}

  release(): void {}

  close(code: number): void {
    if (this.#closing) return;
    this.#uncork();
    this.#closing = true;
    this.#answer.end();
    this.#cutIn(shouldReconnect(code) ? CLOSE_GRACES : 1);
  }

  #historyEnds(offset: number): void {
    this.isReplaying = false;
    this.#historyTo = offset;
    this.#sayPosition(offset);
  }

  /** A session that is behind may stand below the end of its client's history. */
  #sayPosition(offset: number): void {
    if (this.isReplaying) return;
    const text = this.#speech.control({ beat: { offset: Math.max(offset, this.#historyTo) } });
    if (text !== undefined) this.write(text);
  }

  #emptied(): void {
    if (!this.#full) return;
    this.#full = false;
    if (!this.#closing) this.owner?.roomAgain();
  }

  #cutIn(graces: number): void {
    const waitedBytes = this.#socket.writableLength;
    const cut = setTimeout(() => {
      if (this.#socket.writableLength < waitedBytes && graces > 1) this.#cutIn(graces - 1);
      else this.#socket.destroy();
    }, CLOSE_GRACE_MS);
    cut.unref();
    this.#answer.once('close', () => clearTimeout(cut));
  }

  #write(bytes: Buffer): void {
    this.#socket.write(bytes);
    this.#full ||= this.#socket.writableLength >= FULL_BYTES;
  }

  /** What is written in one turn leaves in one system call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    setImmediate(() => this.#uncork());
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }
}
