import {
  type Follower,
  type Following,
  type Message,
  type Outcome,
  type Outgoing,
  type Range,
  type Stream,
  StreamFault,
  type StreamInfo,
} from '../../../server/src/logs/jetstream/stream.ts';
import type { FakeServer } from './fake-server.ts';

/** A client of a stream in memory. */
export class FakeStream implements Stream {
  readonly #server: FakeServer;
  readonly #followings = new Set<Following>();
  #contact: (() => void) | undefined;
  /** What was published, also what came to nothing. */
  readonly published: Outgoing[] = [];
  /** Subjects whose last message was asked for. */
  readonly asked: string[] = [];

  constructor(server: FakeServer) {
    this.#server = server;
  }

  get dataBytesMost(): number {
    return this.#server.dataBytesMost;
  }

  async publish(outgoing: Outgoing): Promise<Outcome> {
    this.published.push({ ...outgoing, data: Buffer.from(outgoing.data) });
    await later();
    if (this.#server.isAway || this.#server.isGone) return { kind: 'unknown', reason: 'no answer' };
    const outcome = this.#server.publish(outgoing);
    await later();
    return outcome;
  }

  info(): Promise<StreamInfo> {
    return this.#ask(() => this.#server.info);
  }

  get(sequence: number): Promise<Message | undefined> {
    return this.#ask(() => this.#server.messages.find((message) => message.sequence === sequence));
  }

  next(sequence: number): Promise<Message | undefined> {
    return this.#ask(() => this.#server.messages.find((message) => message.sequence >= sequence));
  }

  lastOf(subject: string): Promise<Message | undefined> {
    this.asked.push(subject);
    return this.#ask(() => this.#server.messages.findLast((message) => message.subject === subject));
  }

  fetch({ from, to, bytes }: Range): Promise<readonly Message[]> {
    return this.#ask(() => {
      const found: Message[] = [];
      let room = bytes;
      for (const message of this.#server.messages) {
        if (message.sequence < from || message.sequence > Math.min(to, this.#server.fetchedUpTo)) continue;
        room -= message.data.length;
        if (room < 0 && found.length > 0) break;
        found.push(message);
      }
      return found;
    });
  }

  follow(after: number, follower: Follower): Following {
    const server = this.#server;
    let at = after;
    let isPumping = false;
    const pump = async (): Promise<void> => {
      if (isPumping) return;
      isPumping = true;
      for (;;) {
        await later();
        const next = server.messages.find((message) => message.sequence > at);
        if (!next || !server.followers.has(wake) || server.isAway || server.isQuiet) break;
        at = next.sequence;
        follower.message(next);
        await follower.caughtUp();
      }
      isPumping = false;
    };
    const wake = (): void => void pump();
    const end = (why: 'silence' | 'jump' | 'gone'): void => {
      following.stop();
      follower.ended(why);
    };
    const following: Following = {
      stop: () => {
        server.followers.delete(wake);
        server.ends.delete(end);
        this.#followings.delete(following);
      },
    };
    server.followers.add(wake);
    server.ends.add(end);
    this.#followings.add(following);
    wake();
    return following;
  }

  onContact(listener: () => void): void {
    if (this.#contact) this.#server.contacts.delete(this.#contact);
    this.#contact = listener;
    this.#server.contacts.add(listener);
  }

  async close(): Promise<void> {
    for (const following of this.#followings) following.stop();
    if (this.#contact) this.#server.contacts.delete(this.#contact);
    await later();
  }

  async #ask<T>(answer: () => T): Promise<T> {
    await later();
    if (this.#server.isAway) throw new StreamFault('away', 'no answer');
    if (this.#server.isGone) throw new StreamFault('gone', 'stream not found');
    return answer();
  }
}

/** As an answer over a network: not in this turn. */
function later(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
