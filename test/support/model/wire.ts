import { encodeControl, LIMITS, type ServerMessage } from '@zerospan/shared';
import type { Socket } from '../../../client/src/connection/socket.ts';
import type { Conversation } from '../../../server/src/core/conversation/conversation.ts';
import type { Link } from '../../../server/src/core/session/link.ts';
import { decodeClientMessage } from '../../../server/src/web/socket/messages.ts';
import { webSocket } from '../encodings.ts';
import type { ManualClock } from '../manual-clock.ts';
import type { Edge } from './edges.ts';
import { entryIn } from './frames.ts';
import type { Tap } from './tap.ts';

type Frame =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

type Event = { data: unknown; code: number; reason: string };
type Handler = (event: Event) => void;

/** A client that does not answer the close frame is cut after this, as `web/link.ts` does. */
const CLOSE_GRACE_MS = 1_000;

/** The client's end of a wire: what a Bus takes for its WebSocket. */
export class ModelSocket implements Socket {
  readyState = 0;
  readonly bufferedAmount = 0;
  readonly wire: Wire;
  readonly #handlers: { type: string; handler: Handler }[] = [];

  constructor(wire: Wire) {
    this.wire = wire;
  }

  addEventListener(type: string, handler: Handler): void {
    this.#handlers.push({ type, handler });
  }

  send(text: string): void {
    if (this.readyState !== 1) throw new Error(`sent in state ${this.readyState}`);
    this.wire.tap.said(text);
    this.wire.toServer.push({ kind: 'text', text });
  }

  close(code = 1005, reason = ''): void {
    if (this.readyState > 1) return;
    const wasOpen = this.readyState === 1;
    this.readyState = 2;
    if (wasOpen) this.wire.toServer.push({ kind: 'close', code, reason });
    else queueMicrotask(() => this.ended(1006));
  }

  terminate(): void {
    this.wire.cut('both');
  }

  /** The connection is over, by either side. */
  ended(code: number, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.fire('close', { code, reason });
  }

  fire(type: string, event: Partial<Event> = {}): void {
    for (const each of this.#handlers) {
      if (each.type === type) each.handler({ data: undefined, code: 0, reason: '', ...event });
    }
  }
}

/** Two ends and two queues between them. Nothing moves unless the test delivers it. */
export class Wire implements Link {
  readonly encoding = webSocket.encoding;
  readonly socket: ModelSocket = new ModelSocket(this);
  readonly tap: Tap;
  /** Under way to the client; it is what fills the link. */
  toClient: Frame[] = [];
  toServer: Frame[] = [];
  /** The link is full when this many frames are under way, until all of them have gone. */
  room = Number.POSITIVE_INFINITY;
  /** Nothing gets through to the client by itself, only what a step of the test delivers. */
  isStalled = false;
  conversation: Conversation | undefined;
  readonly #clock: ManualClock;
  #server: 'none' | 'open' | 'closed' = 'none';
  #full = false;
  /** It has just been filled: the step that did so may go on, as to write what it has announced. */
  #isFilling = false;
  #closing: (() => void) | undefined;
  #lives = false;
  #held = false;

  constructor(clock: ManualClock, tap: Tap) {
    this.#clock = clock;
    this.tap = tap;
  }

  /** Whether one of its ends believes that there is a connection, or is about to. */
  get isUp(): boolean {
    return this.socket.readyState < 3 || this.#server === 'open';
  }

  /** Whether the client has left and the server has not noticed. */
  get isZombie(): boolean {
    return this.socket.readyState === 3 && this.#server === 'open';
  }

  get isPending(): boolean {
    return this.socket.readyState === 0;
  }

  opens(open: (link: Link) => Conversation): void {
    if (!this.isPending) return;
    this.#server = 'open';
    this.conversation = open(this);
    this.socket.readyState = 1;
    this.socket.fire('open');
  }

  // What the server's side does: the port Link.

  get hasRoom(): boolean {
    return !this.#full;
  }

  sendNow(encoded: Buffer): void {
    this.send(encoded);
  }

  send(encoded: Buffer): void {
    this.#write([...webSocket.textsIn(encoded)]);
  }

  say(message: ServerMessage): void {
    this.#write([encodeControl(message)]);
  }

  #write(texts: readonly string[]): void {
    if (this.#server !== 'open' || this.#closing) return;
    const hasEntries = texts.some((text) => entryIn(text) !== undefined);
    if (hasEntries && this.#full && !this.#isFilling)
      this.tap.fault('publications were written although the link is full');
    this.tap.writes(texts);
    for (const text of texts) this.toClient.push({ kind: 'text', text });
    if (this.#full || this.toClient.length < this.room) return;
    this.#full = true;
    this.tap.edges.reached('link full');
    this.#isFilling = true;
    queueMicrotask(() => {
      this.#isFilling = false;
    });
  }

  ping(): void {
    if (!this.#closing) this.toClient.push({ kind: 'ping' });
  }

  alive(): boolean {
    const lived = this.#lives;
    this.#lives = false;
    return lived;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
  }

  close(code: number, reason: string): void {
    if (this.#server !== 'open' || this.#closing) return;
    this.toClient.push({ kind: 'close', code, reason });
    this.#closing = this.#clock.later(CLOSE_GRACE_MS, () => this.cut('both'));
  }

  // What the test does. Both answer whether there was anything to deliver.

  deliverToClient(): boolean {
    if (this.socket.readyState === 3) return false;
    const frame = this.toClient.shift();
    if (!frame) return false;
    if (frame.kind === 'ping') this.#lives ||= this.#server === 'open';
    if (frame.kind === 'text' && this.socket.readyState === 1) {
      this.tap.delivers(frame.text);
      this.socket.fire('message', { data: frame.text });
    }
    if (frame.kind === 'close') {
      this.toServer.push(frame);
      this.socket.ended(frame.code, frame.reason);
    }
    this.#drained();
    return true;
  }

  deliverToServer(): boolean {
    // A link that is full or held stops reading its socket, unless it is closing.
    if (this.#server !== 'open' || ((this.#full || this.#held) && !this.#closing)) return false;
    const frame = this.toServer.shift();
    if (!frame) return false;
    this.#lives = true;
    if (this.isZombie) this.tap.edges.reached('old connections heard');
    if (frame.kind === 'text') {
      this.tap.hears(frame.text);
      this.conversation?.receive(decodeClientMessage(Buffer.from(frame.text), LIMITS));
    }
    if (frame.kind === 'close') {
      this.toClient.push(frame);
      this.#serverEnds();
    }
    return true;
  }

  flowsAgain(): void {
    this.room = Number.POSITIVE_INFINITY;
    this.isStalled = false;
  }

  /**
   * The connection breaks, and this side notices. What was under way to it is lost. What it had sent is lost with
   * `both`; else it may still arrive, and the other side goes on until it has heard nothing for too long.
   */
  cut(side: 'both' | 'client' | 'server'): void {
    if (side !== 'client') {
      this.#loses(this.toServer, '{"ack"', 'acks lost');
      this.toServer = [];
      this.#serverEnds();
    }
    if (side !== 'server') {
      this.#loses(this.toClient, '{"accepted"', 'answers lost');
      this.toClient = [];
      this.socket.ended(1006);
    }
  }

  #loses(frames: readonly Frame[], start: string, edge: Edge): void {
    const lost = frames.filter((frame) => frame.kind === 'text' && frame.text.startsWith(start));
    this.tap.edges.reached(edge, lost.length);
  }

  #drained(): void {
    if (!this.#full || this.toClient.length > 0) return;
    this.#full = false;
    this.#lives = true;
    if (this.#server === 'open') this.conversation?.roomAgain();
  }

  #serverEnds(): void {
    const wasOpen = this.#server === 'open';
    this.#server = 'closed';
    this.#closing?.();
    if (wasOpen) this.conversation?.closed();
  }
}
