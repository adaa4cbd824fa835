import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import type {
  Follower,
  Following,
  Message,
  Outcome,
  Outgoing,
  Range,
  Stream,
  StreamInfo,
} from '../stream.ts';
import { faultOf } from './faults.ts';
import { getMessage } from './messages.ts';
import { PubAcks } from './pub-acks.ts';
import { pull } from './pull.ts';
import { PushConsumer } from './push-consumer.ts';

/** Room of a message for its headers. */
const HEADER_BYTES = 4_096;

export interface NatsStreamParts {
  readonly nats: NatsConnection;
  readonly manager: JetStreamManager;
  /** Name of the stream. */
  readonly stream: string;
  readonly clock: Clock;
}

/** A stream of NATS JetStream. */
export class NatsStream implements Stream {
  readonly dataBytesMost: number;
  readonly #parts: NatsStreamParts;
  readonly #acks: PubAcks;
  readonly #consumers = new Set<Following>();
  #contact: () => void = () => undefined;

  constructor(parts: NatsStreamParts) {
    const { nats, stream, clock } = parts;
    this.#parts = parts;
    this.dataBytesMost = (nats.info?.max_payload ?? 0) - HEADER_BYTES;
    this.#acks = new PubAcks(nats, stream, clock);
    void this.#watch();
  }

  publish(message: Outgoing): Promise<Outcome> {
    return this.#acks.publish(message);
  }

  info(): Promise<StreamInfo> {
    return this.#ask(async ({ manager, stream }) => {
      const { created, state } = await manager.streams.info(stream);
      const { first_seq, last_seq, messages, bytes } = state;
      return { first: messages === 0 ? last_seq + 1 : first_seq, last: last_seq, bytes, created };
    });
  }

  get(sequence: number): Promise<Message | undefined> {
    if (sequence < 1) return Promise.resolve(undefined);
    return this.#ask(({ nats, stream }) => getMessage(nats, stream, { seq: sequence }));
  }

  next(sequence: number): Promise<Message | undefined> {
    const request = { seq: Math.max(sequence, 1), next_by_subj: '>' };
    return this.#ask(({ nats, stream }) => getMessage(nats, stream, request));
  }

  lastOf(subject: string): Promise<Message | undefined> {
    return this.#ask(({ nats, stream }) => getMessage(nats, stream, { last_by_subj: subject }));
  }

  fetch(range: Range): Promise<readonly Message[]> {
    return this.#ask((parts) => pull(parts, range));
  }

  follow(after: number, follower: Follower): Following {
    const consumer = new PushConsumer(this.#parts, after, {
      message: (message) => follower.message(message),
      caughtUp: () => follower.caughtUp(),
      ended: (why) => {
        this.#consumers.delete(consumer);
        follower.ended(why);
      },
    });
    this.#consumers.add(consumer);
    return {
      stop: () => {
        this.#consumers.delete(consumer);
        consumer.stop();
      },
    };
  }

  onContact(listener: () => void): void {
    this.#contact = listener;
  }

  async close(): Promise<void> {
    this.#contact = () => undefined;
    for (const consumer of this.#consumers) consumer.stop();
    this.#acks.close();
    // What is still to be sent, such as the end of a consumer, is sent: unless nobody takes it.
    const { nats } = this.#parts;
    if (!nats.isClosed()) await nats.close();
  }

  async #ask<T>(question: (parts: NatsStreamParts) => Promise<T>): Promise<T> {
    try {
      return await question(this.#parts);
    } catch (error) {
      throw faultOf(error);
    }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#parts.nats.status()) {
      if (type === 'disconnect') this.#acks.connected(false);
      if (type !== 'reconnect') continue;
      this.#acks.connected(true);
      this.#contact();
    }
  }
}
