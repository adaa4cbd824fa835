import {
  type ClientMessage,
  decodeServerFrame,
  type Match,
  matcherOf,
  type ServerMessage,
  type SubscribeBody,
  utf8Bytes,
} from '@zerospan/shared';

/** Who is told of what passes on one wire. */
export interface Tapped {
  /** A control message reaches the client. */
  told(message: ServerMessage): void;
  /** A publication reaches the client that is for this subscription alone. */
  replayed(subscription: number, offset: number): void;
  /** A message reaches the server. */
  asked(message: ClientMessage): void;
  /** A rule was broken. */
  fault(what: string): void;
}

/** Listens on one wire, and holds it to those rules of PROTOCOL.md that can be seen there. */
export class Tap {
  readonly #tapped: Tapped;
  readonly #windowBytes: number;
  /** On the server's side: what was written, and what was acknowledged of it. */
  #last = 0;
  #announced = 0;
  readonly #wanted: Match[] = [];
  #writtenBytes = 0;
  #ackedBytes = 0;
  /** On the client's side. */
  #replay = { subscription: 0, left: 0 };
  #receivedBytes = 0;
  #receivedUpTo = 0;
  #epoch = '';
  readonly #ordinary = new Set<number>();
  readonly #replayed = new Set<number>();
  #said = { offset: 0, bytes: 0 };

  constructor(tapped: Tapped, windowBytes: number) {
    this.#tapped = tapped;
    this.#windowBytes = windowBytes;
  }

  /** The server writes these, in one write. */
  writes(texts: readonly string[]): void {
    const publications = texts.filter(isPublication);
    if (publications.length > 0 && this.#writtenBytes - this.#ackedBytes >= this.#windowBytes)
      this.#tapped.fault('A3: publications were written although the window is full');
    for (const text of texts) this.#writes(text);
    for (const text of publications) this.#writtenBytes += utf8Bytes(text);
  }

  #writes(text: string): void {
    const frame = decodeServerFrame(text);
    if (frame.kind === 'publication') {
      const { offset, channel } = frame.publication;
      if (!this.#wanted.some((wants) => wants(channel))) this.#tapped.fault(`${channel} was written unasked`);
      if (this.#announced > 0) this.#announced -= 1;
      else if (offset > this.#last) this.#last = offset;
      else this.#tapped.fault(`C1: ${offset} was written after ${this.#last}`);
      return;
    }
    if (this.#announced > 0) this.#tapped.fault(`R4: ${text} was written inside a replay`);
    if (frame.kind !== 'control') return;
    const { message } = frame;
    if ('welcome' in message) this.#last = message.welcome.from;
    if ('replay' in message) this.#announced = message.replay.count;
    if ('beat' in message) {
      if (message.beat.offset < this.#last)
        this.#tapped.fault(`B2: beat ${message.beat.offset} after ${this.#last}`);
      this.#last = message.beat.offset;
    }
  }

  /** This reaches the client. */
  delivers(text: string): void {
    const frame = decodeServerFrame(text);
    if (frame.kind === 'publication') {
      this.#receivedBytes += utf8Bytes(text);
      const { offset } = frame.publication;
      if (this.#replay.left > 0) {
        this.#replay.left -= 1;
        this.#replayed.add(offset);
        this.#tapped.replayed(this.#replay.subscription, offset);
      } else {
        this.#receivedUpTo = offset;
        this.#ordinary.add(offset);
      }
    }
    if (frame.kind !== 'control') return;
    const { message } = frame;
    if ('welcome' in message) {
      this.#epoch = message.welcome.epoch;
      this.#receivedUpTo = message.welcome.from;
      this.#said = { offset: message.welcome.from, bytes: 0 };
    }
    if ('replay' in message)
      this.#replay = { subscription: message.replay.subscription, left: message.replay.count };
    this.#tapped.told(message);
  }

  /** The client sends this. */
  said(text: string): void {
    const message = read(text);
    if (!('ack' in message)) return;
    const { offset, bytes } = message.ack;
    if (offset < this.#said.offset || bytes < this.#said.bytes) this.#tapped.fault(`A1: ${text} takes back`);
    if (offset > this.#receivedUpTo || bytes > this.#receivedBytes)
      this.#tapped.fault(`A2: ${text}, but ${this.#receivedUpTo} and ${this.#receivedBytes} bytes have come`);
    this.#said = { offset, bytes };
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
    for (const { channels = [], prefixes = [] } of subscriptionsIn(message))
      this.#wanted.push(matcherOf({ channels, prefixes }));
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

function isPublication(text: string): boolean {
  return !text.startsWith('{');
}

function read(text: string): ClientMessage {
  const [head = ''] = text.split('\n', 1);
  return JSON.parse(head) as ClientMessage;
}
