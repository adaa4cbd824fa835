import {
  type ClientMessage,
  decodeServerFrame,
  type ServerMessage,
  type SubscribeBody,
} from '@zerospan/shared';
import { lets } from '../filters.ts';
import type { Edges } from './edges.ts';
import { entryIn } from './frames.ts';

/** Receives what passes on one wire. */
export interface Tapped {
  /** A control message reaches the client. */
  received(message: ServerMessage): void;
  /** A message reaches the server. */
  asked(message: ClientMessage): void;
  /** A put with this payload is sent once more. */
  putAgain(payload: string): void;
  /** A rule was broken. */
  fault(what: string): void;
}

/** Listens on one wire, and holds it to those rules of PROTOCOL.md that can be seen there. */
export class Tap {
  readonly edges: Edges;
  readonly #tapped: Tapped;
  readonly #windowBytes: number;
  /** On the server's side: what was written, and what was acknowledged of it. */
  #last = 0;
  #announced = 0;
  readonly #asked: SubscribeBody[] = [];
  #writtenBytes = 0;
  /** The window has just been filled, in this very step. */
  #isFilling = false;
  #ackedBytes = 0;
  /** On the client's side. */
  /** Announced entries of a replay that have not come yet. */
  #replayLeft = 0;
  #receivedBytes = 0;
  #receivedUpTo = 0;
  #epoch = '';
  readonly #ordinary = new Set<number>();
  readonly #replayed = new Set<number>();
  #said = { offset: 0, bytes: 0 };
  /** Subscriptions that are being replayed, and the offset from which they were granted. */
  readonly #ended = new Set<number>();
  readonly #backlogs = new Map<number, number>();

  constructor(tapped: Tapped, windowBytes: number, edges: Edges) {
    this.#tapped = tapped;
    this.edges = edges;
    this.#windowBytes = windowBytes;
  }

  fault(what: string): void {
    this.#tapped.fault(what);
  }

  /** The server writes these; a step of a session that goes on when it has filled the window counts as one write. */
  writes(texts: readonly string[]): void {
    const entries = texts.filter((text) => entryIn(text) !== undefined);
    const isFull = this.#writtenBytes - this.#ackedBytes >= this.#windowBytes;
    if (entries.length > 0 && isFull && !this.#isFilling)
      this.#tapped.fault('A3: publications were written although the window is full');
    for (const text of texts) this.#writes(text);
    const before = this.#writtenBytes;
    for (const text of entries) this.#writtenBytes += Buffer.byteLength(text);
    const fullAt = this.#ackedBytes + this.#windowBytes;
    if (before >= fullAt || this.#writtenBytes < fullAt) return;
    this.edges.reached('window full');
    this.#isFilling = true;
    queueMicrotask(() => {
      this.#isFilling = false;
    });
  }

  #writes(text: string): void {
    const entry = entryIn(text);
    if (entry) {
      const { offset, channel } = entry;
      if (!this.#asked.some((asked) => lets(asked, channel)))
        this.#tapped.fault(`${channel} was written unasked`);
      if (this.#announced > 0) this.#announced -= 1;
      else if (offset > this.#last) this.#last = offset;
      else this.#tapped.fault(`C1: ${offset} was written after ${this.#last}`);
      return;
    }
    if (this.#announced > 0) this.#tapped.fault(`R4: ${text} was written inside a replay`);
    const frame = decodeServerFrame(text);
    if (frame.kind !== 'control') return;
    const { message } = frame;
    if ('welcome' in message) this.#last = message.welcome.from;
    if ('replay' in message) this.#announced = message.replay.count;
    this.#counts(message);
    if ('beat' in message) {
      if (message.beat.offset < this.#last)
        this.#tapped.fault(`B2: beat ${message.beat.offset} after ${this.#last}`);
      this.#last = message.beat.offset;
    }
  }

  #counts(message: ServerMessage): void {
    const { edges } = this;
    if ('replay' in message) edges.reached('replays');
    if ('welcome' in message && message.welcome.resumed) edges.reached('resumed');
    if ('refused' in message && message.refused.code === 'draining') edges.reached('puts refused draining');
    if ('refused' in message && message.refused.code === 'lag') edges.reached('closed by lag');
    if (!('gap' in message)) return;
    const { reason, missed } = message.gap;
    if (reason === 'retention' || reason === 'restart') edges.reached(`gaps ${reason}`);
    // Who skips ahead does not know how many, nor who lost an upstream gap that does not.
    if (reason === 'lag') edges.reached(missed === null ? 'gaps lag without count' : 'gaps lag');
  }

  /** This reaches the client. */
  delivers(text: string): void {
    const entry = entryIn(text);
    if (entry) {
      this.#receivedBytes += Buffer.byteLength(text);
      const { offset } = entry;
      if (this.#replayLeft > 0) {
        this.#replayLeft -= 1;
        this.#replayed.add(offset);
      } else {
        this.#receivedUpTo = offset;
        this.#ordinary.add(offset);
      }
      return;
    }
    const frame = decodeServerFrame(text);
    if (frame.kind !== 'control') return;
    const { message } = frame;
    if ('welcome' in message) {
      this.#epoch = message.welcome.epoch;
      this.#receivedUpTo = message.welcome.from;
      this.#said = { offset: 0, bytes: 0 };
    }
    if ('subscribed' in message && message.subscribed.replaying && !this.#ended.has(message.subscribed.id))
      this.#backlogs.set(message.subscribed.id, message.subscribed.offset);
    if ('live' in message) this.#backlogs.delete(message.live.subscription);
    if ('refused' in message) this.#backlogs.delete(message.refused.subscription ?? 0);
    if ('replay' in message) this.#replayLeft = message.replay.count;
    this.#tapped.received(message);
  }

  /** The client sends this. */
  said(text: string): void {
    const message = read(text);
    if ('unsubscribe' in message && !message.unsubscribe.channels && !message.unsubscribe.prefixes) {
      this.#ended.add(message.unsubscribe.id);
      this.#backlogs.delete(message.unsubscribe.id);
    }
    if ('put' in message && message.put.againMs !== undefined)
      this.#tapped.putAgain(text.slice(text.indexOf('\n') + 1));
    if (!('ack' in message)) return;
    const { offset, bytes } = message.ack;
    if (offset > this.#said.offset && offset > Math.min(...this.#backlogs.values()))
      this.#faultUnlessEnded(offset, text);
    if (offset < this.#said.offset || bytes < this.#said.bytes) this.#tapped.fault(`A1: ${text} takes back`);
    if (offset > this.#receivedUpTo || bytes > this.#receivedBytes)
      this.#tapped.fault(`A2: ${text}, but ${this.#receivedUpTo} and ${this.#receivedBytes} bytes have come`);
    this.#said = { offset, bytes };
  }

  /** What a subscription holds back goes out when it ends, which is said in the same turn. */
  #faultUnlessEnded(offset: number, text: string): void {
    queueMicrotask(() => {
      if (offset > Math.min(...this.#backlogs.values()))
        this.#tapped.fault(`A2: ${text}, but a subscription is replayed what it wants below`);
    });
  }

  /** Up to where the application is said to have come. */
  get acknowledged(): number {
    return this.#said.offset;
  }

  /** The application takes this out of a queue, when so much was acknowledged. */
  reads({ epoch, offset }: { readonly epoch: string; readonly offset: number }, acknowledged: number): void {
    // One that was replayed as well may be waiting as such, which moves no offset.
    if (epoch !== this.#epoch || !this.#ordinary.has(offset) || this.#replayed.has(offset)) return;
    if (offset <= acknowledged)
      this.#tapped.fault(`A2: ${offset} was acknowledged before it was handed over`);
  }

  /** This reaches the server. */
  hears(text: string): void {
    const message = read(text);
    if ('ack' in message) this.#ackedBytes = Math.max(this.#ackedBytes, message.ack.bytes);
    this.#asked.push(...subscriptionsIn(message));
    if ('put' in message && message.put.againMs !== undefined) this.edges.reached('puts sent again');
    this.#tapped.asked(message);
  }

  /** When the application has been handed everything, everything is acknowledged. */
  checkAllAcknowledged(): void {
    const { offset, bytes } = this.#said;
    if (bytes !== this.#receivedBytes || (bytes > 0 && offset !== this.#receivedUpTo))
      this.#tapped.fault(
        `A1: acknowledged ${offset} and ${bytes}, not ${this.#receivedUpTo} and ${this.#receivedBytes}`,
      );
  }
}

/** What a message subscribes to. */
export function subscriptionsIn(message: ClientMessage): readonly SubscribeBody[] {
  if ('subscribe' in message) return [message.subscribe];
  return 'hello' in message ? (message.hello.subscriptions ?? []) : [];
}

function read(text: string): ClientMessage {
  const [head = ''] = text.split('\n', 1);
  return JSON.parse(head) as ClientMessage;
}
