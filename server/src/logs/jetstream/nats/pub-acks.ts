import {
  createInbox,
  headers,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import type { Outcome, Outgoing } from '../stream.ts';
import { ANSWER_MS, refusalOf } from './faults.ts';

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly cancel: () => void;
}

interface PubAck {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code: number; readonly description: string };
}

/** Publishes to a stream with one inbox for all its answers: with an inbox for each it costs ten times as much. */
export class PubAcks {
  readonly #nats: NatsConnection;
  readonly #stream: string;
  readonly #clock: Clock;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;
  #isConnected = true;

  constructor(nats: NatsConnection, stream: string, clock: Clock) {
    this.#nats = nats;
    this.#stream = stream;
    this.#clock = clock;
    this.#subscription = nats.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.#answered(message);
      },
    });
  }

  /** Without a connection nothing is published: it would be sent later, which may be long after it was given up. */
  connected(isConnected: boolean): void {
    this.#isConnected = isConnected;
    if (!isConnected)
      for (const token of [...this.#waiting.keys()]) this.#settle(token, unknown('disconnected'));
  }

  publish({ subject, id, data, lastOfSubject }: Outgoing): Promise<Outcome> {
    if (!this.#isConnected) return Promise.resolve(unknown('not connected'));
    return new Promise((resolve) => {
      const token = String(++this.#count);
      const cancel = this.#clock.later(ANSWER_MS, () => this.#settle(token, unknown('no answer')));
      this.#waiting.set(token, { resolve, cancel });
      const about = headers();
      about.set('Nats-Msg-Id', id);
      about.set('Nats-Expected-Stream', this.#stream);
      if (lastOfSubject !== undefined)
        about.set('Nats-Expected-Last-Subject-Sequence', String(lastOfSubject));
      try {
        this.#nats.publish(subject, data, { reply: `${this.#inbox}.${token}`, headers: about });
      } catch (error) {
        this.#settle(token, unknown((error as Error).message));
      }
    });
  }

  close(): void {
    this.connected(false);
    this.#subscription.unsubscribe();
  }

  #answered(message: Msg): void {
    const token = message.subject.slice(message.subject.lastIndexOf('.') + 1);
    if (this.#waiting.has(token)) this.#settle(token, outcomeOf(message));
  }

  #settle(token: string, outcome: Outcome): void {
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    waiting?.cancel();
    waiting?.resolve(outcome);
  }
}

function outcomeOf(message: Msg): Outcome {
  const code = message.headers?.code ?? 0;
  // Nobody answers for the stream: it may have taken it all the same.
  if (code !== 0) return unknown(`status ${code}`);
  let ack: PubAck;
  try {
    ack = message.json<PubAck>();
  } catch {
    return unknown('an answer that cannot be read');
  }
  const { seq, duplicate = false, error } = ack;
  const why = error && refusalOf(error.err_code);
  if (why) return { kind: 'refused', why, reason: error.description };
  if (error || seq === undefined || seq < 1)
    return unknown(error?.description ?? 'an answer without a sequence');
  return { kind: 'stored', sequence: seq, isAgain: duplicate };
}

function unknown(reason: string): Outcome {
  return { kind: 'unknown', reason };
}
