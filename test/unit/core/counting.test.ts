import { ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { Random } from '../../support/random.ts';

const CHANNELS = ['a', 'b', 'c'];

/** One run: clients come, subscribe and acknowledge while puts are on their way onto a log that is late. */
async function interleaving(seed: number): Promise<void> {
  const random = new Random(seed);
  const below = (most: number): number => Math.floor(random.next() * most);
  const bus = new TestBus({ isLate: true, gatheredMost: below(2) === 0 ? 1 + below(4) : 1_000 });
  const putter = await bus.join([]);
  const clients: FakeClient[] = [];
  const filters = (): object => ({ channels: CHANNELS.filter((_, i) => i === below(3) || below(3) === 0) });
  let ids = 0;
  let puts = 0;
  const ack = (client: FakeClient): void => {
    const offset = client.offsets.at(-1) ?? client.control('welcome')[0]?.from ?? 0;
    client.say({ ack: { offset, bytes: 0 } });
  };
  const steps: (() => unknown)[] = [
    () =>
      clients.push(bus.connect()) && clients.at(-1)?.hello([{ id: ++ids, channels: ['a'] }], { acks: true }),
    () =>
      clients[below(clients.length)]?.say({
        subscribe: { id: ++ids, prefixes: [CHANNELS[below(3)] as string], ...filters() },
      }),
    () => clients.length > 0 && ack(clients[below(clients.length)] as FakeClient),
    () => putter.say({ put: { id: ++puts, channels: CHANNELS, confirm: { timeoutMs: 60_000 } } }, '1'),
    () => bus.late.move(() => random.next()),
    () => bus.late.move(() => random.next()),
    () => bus.late.move(() => random.next()),
    () => bus.turn(),
    () => bus.turn(),
  ];
  for (let i = 0; i < 40; i++) await steps[below(steps.length)]?.();
  bus.late.prompt();
  await bus.settle();
  const offset = bus.log.head;
  for (const client of clients) client.say({ ack: { offset, bytes: 0 } });
  await bus.settle();
  const accepted = putter.control('accepted').flatMap(({ channels }) => channels);
  const given = accepted.map((put) => clients.filter(({ offsets }) => offsets.includes(put.offset)).length);
  expect([accepted.length, accepted.map(({ sessions }) => sessions)]).toEqual([3 * puts, given]);
  const confirmed = putter
    .control('confirmed')
    .flatMap(({ channels }) => channels)
    .sort((a, b) => a.offset - b.offset);
  expect(confirmed).toEqual(
    accepted.map((put, i) => ({
      channel: put.channel,
      offset: put.offset,
      confirmed: given[i],
      skipped: 0,
      unanswered: 0,
    })),
  );
  expect(bus.hub.receipts.bytes).toBe(0);
}

describe('sessions that match a put, over a log that is late', () => {
  it.each([1, 251, 501, 751])(
    'is counted if and only if it is given it as an ordinary publication, in 250 of 1,000 interleavings, from seed %i on (P9, P11)',
    async (first) => {
      for (let seed = first; seed < first + 250; seed++) await interleaving(seed);
    },
    60_000,
  );

  it('is a session that subscribes before the append takes place, and none that does so after (S4, P11)', async () => {
    const bus = new TestBus({ isLate: true });
    const putter = await bus.join([]);
    putter.say({ put: { id: 1, channels: ['a'], confirm: { timeoutMs: 1_000 } } }, '1');
    const before = await bus.join([{ id: 1, channels: ['a'] }], { acks: true });
    expect(before.control('welcome')).toMatchObject([{ head: 0 }]);
    bus.late.appendNext();
    await bus.settle();
    // What it acknowledges before the log has answered counts as well.
    before.say({ ack: { offset: 1, bytes: 46 } });
    const after = await bus.join([{ id: 1, channels: ['a'] }], { acks: true });
    expect([before.offsets, after.offsets, putter.control('accepted')]).toEqual([[1], [], []]);
    bus.late.prompt();
    await bus.settle();
    expect(putter.control('accepted')[0]?.channels).toMatchObject([{ sessions: 1 }]);
    expect(putter.control('confirmed')[0]?.channels).toMatchObject([
      { confirmed: 1, skipped: 0, unanswered: 0 },
    ]);
    expect(putter.story.slice(-2)).toEqual(['accepted', 'confirmed']);
  });

  it('is nobody where the log rejects the put: nothing of its receipt is left (P5)', async () => {
    const bus = new TestBus({ isLate: true });
    const putter = await bus.join([]);
    await bus.join([{ id: 1, channels: ['a'] }], { acks: true });
    putter.say({ put: { id: 1, channels: ['a'], confirm: { timeoutMs: 1_000 } } }, '1');
    expect(bus.hub.receipts.bytes).toBeGreaterThan(0);
    bus.late.rejectNext(new ZerospanError('log-failed'));
    bus.late.prompt();
    await bus.settle();
    expect(putter.control('refused')).toMatchObject([{ put: 1, code: 'log-failed' }]);
    expect([bus.hub.receipts.bytes, bus.hub.receipts.pending, bus.log.head]).toEqual([0, 0, 0]);
  });

  it('that no memory is left for counts as unanswered (P11)', async () => {
    const bus = new TestBus({ isLate: true, bounds: { receiptBytes: 8_000 } });
    const putter = await bus.join([]);
    putter.say({ put: { id: 1, channels: ['a'], confirm: { timeoutMs: 1_000 } } }, '1');
    const late: FakeClient[] = [];
    for (let i = 0; i < 30; i++)
      late.push(await bus.join([{ id: 1, channels: ['a', `b${i}`] }], { acks: true }));
    bus.late.prompt();
    await bus.settle();
    expect(bus.hub.receipts.bytes).toBeLessThanOrEqual(6_000);
    for (const client of late) client.say({ ack: { offset: 1, bytes: 0 } });
    await bus.settle();
    const [reported] = putter.control('confirmed')[0]?.channels ?? [];
    expect(putter.control('accepted')[0]?.channels).toMatchObject([{ sessions: 30 }]);
    expect(reported?.confirmed).toBeGreaterThan(2);
    expect((reported?.confirmed ?? 0) + (reported?.unanswered ?? 0)).toBe(30);
  });
});
