import type { ConfirmedBody } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../../support/core.ts';
import { Random } from '../../../support/random.ts';
import { contradictions, sessionsAt } from '../../../support/receipt-names.ts';

const CHANNELS = ['a', 'b', 'ab', 'c'];
const FILTERS = [
  { channels: ['a'] },
  { channels: ['a', 'c'] },
  { prefixes: ['a'] },
  { prefixes: [''] },
  { channels: ['b'] },
];
const READERS = 5;
const STEPS = 70;
/** More than its readers have to ask a log in one turn of the event loop. */
const ANSWERS_MOST = 500;
const MOVES = [
  ...(['put', 'put', 'native', 'native', 'ack', 'ack', 'ack', 'turn', 'turn', 'wait'] as const),
  ...(['cut', 'back', 'back', 'done', 'subscribe', 'unsubscribe', 'full', 'room'] as const),
];

/** A client that receives, over all its connections. */
class Reader {
  readonly secret: string;
  readonly acks: boolean;
  /** Its sessions, oldest first. */
  readonly sessions: string[] = [];
  client: FakeClient | undefined;
  /** Up to here it has said that its application has everything. */
  acked = 0;
  #subscriptions: { id: number; onLag: string; after?: number }[] = [];
  #ids = 0;
  readonly #bus: TestBus;

  constructor(bus: TestBus, name: number, acks: boolean) {
    this.#bus = bus;
    this.acks = acks;
    this.secret = `secret-of-${name}-${'x'.repeat(20)}`;
  }

  connect(random: Random): void {
    if (this.client) return;
    const client = this.#bus.connect();
    this.client = client;
    // Now and then it has forgotten where it was, or what it had.
    if (random.chance(0.1)) this.#subscriptions = [];
    const isNew = random.chance(0.2);
    const subscriptions = this.#subscriptions.map((one) => (isNew ? one : { ...one, after: this.acked }));
    client.hello(subscriptions, { client: this.secret, epoch: 'epoch-1', acks: this.acks });
    this.sessions.push(client.control('welcome')[0]?.session ?? '');
  }

  subscribe(random: Random): void {
    const onLag = random.one(['replay', 'replay', 'latest', 'close']);
    const subscription = { id: ++this.#ids, ...random.one(FILTERS), onLag };
    this.client?.say({ subscribe: subscription });
    if (this.client) this.#subscriptions.push(subscription);
  }

  unsubscribe(random: Random): void {
    const [one] = this.#subscriptions;
    if (!one || !this.client) return;
    if (random.chance(0.5)) this.client.say({ unsubscribe: { id: one.id, channels: ['a'] } });
    else {
      this.#subscriptions.shift();
      this.client.say({ unsubscribe: { id: one.id } });
    }
  }

  ack(random: Random): void {
    const last = this.client?.offsets.at(-1) ?? 0;
    if (!this.client || !this.acks || last <= this.acked) return;
    this.acked = random.between(this.acked + 1, last);
    this.client.say({ ack: { offset: this.acked, bytes: 0 } });
  }

  lose(isForGood: boolean): void {
    this.client?.conversation.closed(isForGood ? 1000 : null);
    this.client = undefined;
  }
}

/**
 * What its log was asked is answered, one thing after the other, at most this many, and sessions go on with that.
 * @returns how many there were
 */
async function answers(bus: TestBus, random: Random, most: number): Promise<number> {
  let done = 0;
  while (done < most && bus.late.move(() => random.next())) {
    done += 1;
    for (let i = 0; i < 30; i++) await Promise.resolve();
  }
  return done;
}

/** Until its log has been asked nothing more, and no turn of its event loop is due. */
async function rest(bus: TestBus, random: Random): Promise<void> {
  await bus.settle();
  for (let rounds = 0; (await answers(bus, random, ANSWERS_MOST)) > 0; rounds++) {
    if (rounds > ANSWERS_MOST) throw new Error('the log does not come to rest');
    await bus.settle();
  }
}

/** Plays a random script of many clients, and checks each receipt when it comes. */
async function play(seed: number, isLate: boolean): Promise<void> {
  const random = new Random(seed);
  const gatheredMost = random.one([1, 2, 1_000]);
  const bus = new TestBus({
    logBytes: random.one([3_000, 1e6]),
    gatheredMost,
    tailEntries: random.one([1, 8]),
    isLate,
  });
  bus.isLocal = true;
  const admin = await bus.join([]);
  const readers = Array.from({ length: READERS }, (_, i) => new Reader(bus, i, random.chance(0.8)));
  for (const reader of readers) {
    reader.connect(random);
    reader.subscribe(random);
  }
  await bus.settle();
  let puts = 0;
  let asked = 0;
  let checked = 0;
  const check = (): void => {
    const receipts = admin.control('confirmed');
    for (const receipt of receipts.slice(checked)) checkOne(receipt, readers);
    checked = receipts.length;
  };
  for (let step = 0; step < STEPS; step++) {
    const reader = random.one(readers);
    switch (random.one(MOVES)) {
      case 'put': {
        const timeoutMs = random.between(1, 900);
        puts += 1;
        asked += 1;
        const channels = random.some(random.between(1, 3), CHANNELS);
        admin.say({ put: { id: puts, channels, confirm: { timeoutMs, who: true } } }, '1');
        break;
      }
      case 'native':
        for (let i = random.between(1, 6); i > 0; i--) await bus.put(random.one(CHANNELS));
        break;
      case 'ack':
        reader.ack(random);
        break;
      case 'turn':
        await bus.turn();
        break;
      case 'wait':
        bus.clock.advance(random.between(1, 400));
        break;
      case 'cut':
        reader.lose(false);
        break;
      case 'done':
        reader.lose(true);
        break;
      case 'back':
        reader.connect(random);
        break;
      case 'subscribe':
        reader.subscribe(random);
        break;
      case 'unsubscribe':
        reader.unsubscribe(random);
        break;
      case 'full':
        if (reader.client) reader.client.link.hasRoom = false;
        break;
      case 'room':
        reader.client?.room();
        break;
    }
    // The turn of the event loop may be long: what is asked for within it comes to an end all the same.
    const most = random.one([0, 1, 5, ANSWERS_MOST]);
    expect(await answers(bus, random, most)).toBeLessThan(ANSWERS_MOST);
    if (random.chance(0.5)) await bus.settle();
    check();
  }
  await rest(bus, random);
  bus.clock.advance(1_000);
  await rest(bus, random);
  check();
  expect(checked).toBe(asked);
  expect(admin.control('refused')).toEqual([]);
  expect([bus.hub.receipts.pending, bus.hub.receipts.bytes, bus.failures]).toEqual([0, 0, []]);
  const everything = JSON.stringify(admin.link.frames);
  for (const { secret } of readers) expect(everything).not.toContain(secret);
}

function checkOne(receipt: ConfirmedBody, readers: readonly Reader[]): void {
  expect(contradictions(receipt)).toEqual([]);
  expect(receipt.more).toBeUndefined();
  const readerOf = (session: string) => readers.find(({ sessions }) => sessions.includes(session));
  for (const { offset, who } of receipt.channels) {
    for (const session of sessionsAt(receipt, who?.has ?? [])) {
      expect(readerOf(session)?.acked).toBeGreaterThanOrEqual(offset);
    }
    for (const [place, why] of who?.unanswered ?? []) {
      const session = receipt.sessions?.[place]?.session ?? '';
      expect(why === 'no-acks').toBe(readerOf(session)?.acks === false);
    }
    for (const session of sessionsAt(receipt, who?.away.map((place) => [place] as const) ?? [])) {
      const reader = readerOf(session);
      expect(reader?.client === undefined || reader.sessions.at(-1) !== session).toBe(true);
    }
  }
}

describe('the names of a receipt', () => {
  it.each([
    ['prompt', false],
    ['late', true],
  ])(
    'are as many as its numbers say, whatever happens to its sessions, over a %s log (P16)',
    async (_, isLate) => {
      const property = fc.asyncProperty(fc.integer(), (seed) => play(seed, isLate));
      await fc.assert(property, { numRuns: 60, endOnFailure: true });
    },
  );
});
