import type { Socket } from 'node:net';
import { CLOSE, type ServerMessage, shouldReconnect, ZerospanError } from '@zerospan/shared';
import type { WebSocket } from 'ws';
import type { Conversation } from '../../core/conversation/conversation.ts';
import type { Link } from '../../core/session/link.ts';
import { controlFrame, webSocketEncoding } from './encoding.ts';

/**
 * More than this waiting in the process for one socket, in bytes, and the session leaves fan-out. Judged by what waits,
 * not by what `write` answers: over TLS that is false above 16 KiB for the healthiest reader.
 */
const FULL_BYTES = 256 * 1024;

/**
 * With a backlog, this many checks without a sign of life are tolerated, three minutes of them: the system reports a
 * slow reader's progress in steps of hundreds of kilobytes only, and a full socket is not read, so its pongs are not
 * heard either.
 */
const STUCK_MOST = 72;

/**
 * Messages kept of one chunk of TCP at most. As many puts as fit into one are fewer: beyond, they are too small to be
 * anything.
 */
const KEPT_MOST = 2_048;
const TOO_MANY = `More than ${KEPT_MOST} messages came in one piece, while none is read because of the pace (W14).`;

/**
 * A client that does not answer the close frame is cut after `CLOSE_GRACE_MS`, or after `CLOSE_GRACES` times that while
 * it still takes what waits for it.
 */
const CLOSE_GRACE_MS = 1_000;
const CLOSE_GRACES = 5;

/**
 * Where a socket keeps its link, as `ws` keeps itself there. So what listens to a socket is one function for all of
 * them; closures of its own, and what they close over, were 300 bytes for each connection.
 */
const LINK = Symbol('link');

type Linked<T> = T & { [LINK]?: SocketLink };

/**
 * A session's frames go to the TCP socket itself, between those of `ws`: they are whole, and `ws` without compression
 * writes its own synchronously. That saves a copy and a header for each delivery.
 */
export class SocketLink implements Link {
  readonly encoding = webSocketEncoding;
  /** The conversation of these frames; it is called when there is room again after there was none. */
  conversation: Conversation | undefined;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #heard: (conversation: Conversation, message: Buffer) => void;
  #full = false;
  /** While it is held: what came all the same, because it lay in one chunk of TCP with what the hold is for. */
  #held: Buffer[] | undefined;
  #corked = false;
  #bytesRead = 0;
  #drained = 0;
  #waited = false;
  #stuck = 0;
  #closing = false;

  /** @param heard receives each message, with its conversation */
  constructor(ws: WebSocket, socket: Socket, heard: (conversation: Conversation, message: Buffer) => void) {
    this.#ws = ws;
    this.#socket = socket;
    this.#heard = heard;
    (ws as Linked<WebSocket>)[LINK] = this;
    (socket as Linked<Socket>)[LINK] = this;
    socket.on('drain', drained);
  }

  /** The link of a WebSocket, if it has one. */
  static of(ws: Linked<WebSocket>): SocketLink | undefined {
    return ws[LINK];
  }

  get hasRoom(): boolean {
    return !this.#full;
  }

  say(message: ServerMessage): void {
    this.send(controlFrame(message));
  }

  send(frame: Buffer): void {
    // Node would write after the close frame; RFC 6455, section 5.5.1, forbids it.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#cork();
    this.#write(frame);
  }

  sendNow(frame: Buffer): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#write(frame);
    this.#uncork();
  }

  ping(): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
  }

  alive(): boolean {
    const { bytesRead, bytesWritten, writableLength } = this.#socket;
    const drained = bytesWritten - writableLength;
    // Bytes that the system takes over at once say nothing of the peer; a backlog that shrinks does.
    const alive = bytesRead > this.#bytesRead || (this.#waited && drained > this.#drained);
    this.#bytesRead = bytesRead;
    this.#drained = drained;
    this.#waited = writableLength > 0;
    this.#stuck = alive || !this.#waited ? 0 : this.#stuck + 1;
    return alive || (this.#waited && this.#stuck <= STUCK_MOST);
  }

  hold(): void {
    this.#held ??= [];
    this.#read();
  }

  release(): void {
    const kept = this.#held ?? [];
    this.#held = undefined;
    for (const [i, message] of kept.entries()) {
      if (this.conversation) this.#heard(this.conversation, message);
      if (this.#held === undefined) continue;
      this.#held = kept.slice(i + 1);
      break;
    }
    this.#read();
  }

  /**
   * A message has come. While the link is held it is kept: `ws` hands over all that lies in one chunk, paused or not,
   * thousands of messages, of which each may be work for the whole bus. A chunk has 64 KiB, and none follows before all
   * of it was handed over.
   */
  hear(message: Buffer): void {
    if (!this.conversation) return;
    if (this.#held === undefined || this.#closing) this.#heard(this.conversation, message);
    else if (this.#held.push(message) > KEPT_MOST)
      this.conversation.fail(new ZerospanError('bad-message', TOO_MANY), CLOSE.badMessage);
  }

  close(code: number, reason: string): void {
    if (this.#closing || this.#ws.readyState === this.#ws.CLOSED) return;
    this.#closing = true;
    this.#held = undefined;
    this.#read();
    this.#ws.close(code, reason);
    // Who is not to come back is not to have what waits here either.
    this.#cutIn(shouldReconnect(code) ? CLOSE_GRACES : 1);
  }

  /** The socket has taken all that waited for it. */
  emptied(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#read();
    this.conversation?.roomAgain();
  }

  #cutIn(graces: number): void {
    const waitedBytes = this.#socket.writableLength;
    const cut = setTimeout(() => {
      const drains = this.#socket.writableLength < waitedBytes;
      if (drains && graces > 1) this.#cutIn(graces - 1);
      else this.#ws.terminate();
    }, CLOSE_GRACE_MS);
    cut.unref();
    this.#ws.once('close', () => clearTimeout(cut));
  }

  #write(frame: Buffer): void {
    this.#socket.write(this.#mayWait && isSparse(frame) ? Buffer.from(frame) : frame);
    if (this.#full || this.#socket.writableLength < FULL_BYTES) return;
    this.#full = true;
    this.#read();
  }

  /** Reads the socket or leaves it. A closing one is read: paused it would never see the answer to the close frame. */
  #read(): void {
    if ((this.#full || this.#held !== undefined) && !this.#closing) this.#ws.pause();
    else this.#ws.resume();
  }

  /** Whether what is written now may stay here for long, because something before it does. */
  get #mayWait(): boolean {
    return this.#socket.writableLength > 0;
  }

  /** Frames of one turn leave in one system call. */
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

/**
 * Whether a frame would keep far more memory alive than its own: it is a small piece of a slab of the log. Hundreds of
 * such may wait for one socket.
 */
function isSparse({ byteLength, buffer }: Buffer): boolean {
  return byteLength * 8 < buffer.byteLength;
}

function drained(this: Linked<Socket>): void {
  this[LINK]?.emptied();
}
