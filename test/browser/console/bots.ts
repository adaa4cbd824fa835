import { Bus } from '@zerospan/client';
import { Publisher, Subscriber } from 'zeromq';
import { until } from '../../support/until.ts';
import type { Serving } from '../serving.ts';

interface Question {
  readonly question: string;
  readonly id: string;
}

/** What a bot does with a question: votes when the test says so, votes when the vote is over, or never votes. */
export type Manner = 'votes' | 'late' | 'silent';

export interface Bot {
  readonly channel: string;
  readonly manner: Manner;
  readonly choice: string;
}

/** Bots that vote, each on a channel of its own: every other one speaks ZeroMQ, the others are clients in Node. */
export class Bots {
  readonly #asked = new Map<string, Question>();
  readonly #put = new Map<string, (message: unknown) => Promise<unknown>>();
  readonly #closing: (() => unknown)[] = [];
  #sending = Promise.resolve();

  static async open(bots: readonly Bot[], server: Serving): Promise<Bots> {
    const all = new Bots();
    const native = bots.filter((_, at) => at % 2 === 1);
    const publisher = new Publisher({ linger: 0, sendHighWaterMark: 0 });
    publisher.connect(server.busIngress);
    all.#closing.push(() => publisher.close());
    for (const { channel } of native) all.#native(channel, server, publisher);
    const clients = bots.filter((_, at) => at % 2 === 0);
    await Promise.all(clients.map(({ channel }) => all.#client(channel, server)));
    await all.#areSubscribed(bots, server);
    return all;
  }

  /** Waits until all of them have the question with this id. */
  async have(id: string, bots: readonly Bot[]): Promise<void> {
    await until(`the question ${id} at all bots`, () =>
      bots.every(({ channel }) => this.#asked.get(channel)?.id === id),
    );
  }

  /** Has these answer the question that they had last. */
  async answer(bots: readonly Bot[]): Promise<void> {
    for (const { channel, choice } of bots)
      await this.#put.get(channel)?.({ id: this.#asked.get(channel)?.id, choice });
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
  }

  /** A slow joiner would miss the question, or have its vote lost: each is heard of once, in both directions. */
  async #areSubscribed(bots: readonly Bot[], server: Serving): Promise<void> {
    const bus = new Bus(`${server.url.replace('http', 'ws')}bus`);
    const heard = new Set<string>();
    const echoes = bus.subscribe({ prefix: '' });
    echoes.on('publication', ({ channel, message }) => {
      if ((message as { echo?: unknown } | null)?.echo !== undefined) heard.add(channel);
    });
    await echoes.ready;
    const rest = () => bots.filter(({ channel }) => !heard.has(channel));
    await until('all bots', async () => {
      const missing = rest().map(({ channel }) => channel);
      if (missing.length > 0) await bus.put(missing, { question: 'there?', id: 'there?' });
      return missing.length === 0;
    });
    await bus.close();
  }

  #isAsked(channel: string, message: unknown): void {
    const { question, id } = (message ?? {}) as Partial<Question>;
    if (question === undefined || id === undefined) return;
    this.#asked.set(channel, { question, id });
    if (id === 'there?') void this.#put.get(channel)?.({ echo: id });
  }

  async #client(channel: string, server: Serving): Promise<void> {
    const bus = new Bus(`${server.url.replace('http', 'ws')}bus`, { random: () => 0 });
    this.#closing.push(() => bus.close({ timeoutMs: 0 }));
    this.#put.set(channel, (message) => bus.put(channel, message));
    const subscriber = bus.subscribe(channel);
    subscriber.on('publication', ({ message }) => this.#isAsked(channel, message));
    await subscriber.ready;
  }

  #native(channel: string, server: Serving, publisher: Publisher): void {
    const subscriber = new Subscriber({ linger: 0 });
    subscriber.subscribe(`${channel} `);
    subscriber.connect(server.busAddress);
    this.#closing.push(() => subscriber.close());
    this.#put.set(channel, (message) => {
      // A socket sends one frame at a time.
      this.#sending = this.#sending.then(() => publisher.send(`${channel} ${JSON.stringify(message)}`));
      return this.#sending;
    });
    void (async () => {
      for await (const [frame] of subscriber)
        this.#isAsked(channel, JSON.parse(String(frame).slice(channel.length + 1)));
    })();
  }
}

/** `n` bots, of which these never vote and these vote late. */
export function botsOf(
  n: number,
  { silent, late }: { readonly silent: number; readonly late: number },
): Bot[] {
  return Array.from({ length: n }, (_, at) => ({
    channel: `vote.bot-${String(at).padStart(4, '0')}`,
    manner: at < silent ? 'silent' : at < silent + late ? 'late' : 'votes',
    choice: ['yes', 'no', 'yes', 'maybe', 'no', 'yes', 'yes'][at % 7] as string,
  }));
}
