import { LIMITS } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { TestBus } from '../../support/core.ts';

const room = { id: 1, channels: ['room'] };
const all = { id: 2, prefixes: [''] };

describe('live sessions', () => {
  it('from subscribed on, every later publication is delivered, once and in order (S4, S5, C1)', async () => {
    const bus = new TestBus();
    await bus.put('room');
    const client = await bus.join([room]);
    for (let i = 0; i < 5; i++) await bus.put(i % 2 ? 'other' : 'room');
    await bus.settle();
    expect(client.story).toEqual(['welcome', 'subscribed', '2 room', '4 room', '6 room']);
    expect(client.control('subscribed')).toEqual([{ id: 1, offset: 1, replaying: false }]);
  });

  it("a channel filter is exact, a prefix says so, the empty prefix is everything but the server's own (N5, N6)", async () => {
    const bus = new TestBus();
    const [exact, prefix, every] = await Promise.all([
      bus.join([{ id: 1, channels: ['room1'] }]),
      bus.join([{ id: 1, prefixes: ['room1'] }]),
      bus.join([{ id: 1, prefixes: [''] }]),
    ]);
    for (const channel of ['room1', 'room10', '*weird', '$own']) await bus.put(channel);
    await bus.settle();
    expect(exact?.offsets).toEqual([1]);
    expect(prefix?.offsets).toEqual([1, 2]);
    expect(every?.offsets).toEqual([1, 2, 3]);
  });

  it('all frames of a turn reach a live member in one write, and sessions with the same frames share one buffer', async () => {
    const bus = new TestBus();
    const a = await bus.join([{ id: 1, channels: ['room', 'inbox-a'] }]);
    const b = await bus.join([{ id: 1, channels: ['room', 'inbox-b'] }]);
    const before = a.link.writes;
    for (let i = 0; i < 3; i++) await bus.put('room');
    await bus.settle();
    expect(a.link.writes).toBe(before + 1);
    expect(a.offsets).toEqual([1, 2, 3]);
    expect(a.link.buffers.at(-1)).toBe(b.link.buffers.at(-1));
    await bus.put('inbox-a');
    await bus.put('room');
    await bus.settle();
    expect(a.offsets).toEqual([1, 2, 3, 4, 5]);
    expect(b.offsets).toEqual([1, 2, 3, 5]);
  });

  it('a publication that several subscriptions match goes to the session once (S5)', async () => {
    const bus = new TestBus();
    const client = await bus.join([room, all]);
    await bus.put('room');
    await bus.settle();
    expect(client.offsets).toEqual([1]);
  });

  it('filters change at a flush boundary: what was gathered under the old ones is written first', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    const other = await bus.join([room]);
    await bus.put('room');
    client.say({ subscribe: { id: 5, channels: ['late'] } });
    await bus.put('late');
    client.say({ unsubscribe: { id: 1 } });
    await bus.put('room');
    await bus.settle();
    expect(client.offsets).toEqual([1, 2]);
    expect(other.offsets).toEqual([1, 3]);
    expect(client.control('subscribed').at(-1)).toEqual({ id: 5, offset: 1, replaying: false });
  });

  it('what was gathered before a subscription is written before its answer, which names the head (S4)', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    await bus.put('room');
    client.say({ subscribe: { ...all, prefixes: ['other'] } });
    await bus.settle();
    expect(client.story).toEqual(['welcome', 'subscribed', '1 room', 'subscribed']);
    expect(client.control('subscribed').at(-1)).toMatchObject({ id: 2, offset: 1 });
  });

  it('what a prefix covers stands on its own when the prefix is taken away, and is not written twice before (S8)', async () => {
    const bus = new TestBus();
    const client = await bus.join([{ id: 1, channels: ['room1'], prefixes: ['room'] }]);
    await bus.put('room1');
    client.say({ unsubscribe: { id: 1, prefixes: ['room'] } });
    await bus.put('room1');
    await bus.put('room2');
    await bus.settle();
    expect(client.offsets).toEqual([1, 2]);
  });

  it('unsubscribe with filters takes these away as they were written, and ends a subscription that has none left (S8)', async () => {
    const bus = new TestBus();
    const client = await bus.join([{ id: 1, channels: ['a', 'b'] }]);
    client.say({ unsubscribe: { id: 1, channels: ['a'] } });
    for (const channel of ['a', 'b']) await bus.put(channel);
    await bus.settle();
    expect(client.offsets).toEqual([2]);
    client.say({ unsubscribe: { id: 1, channels: ['b'] } });
    client.say({ unsubscribe: { id: 1 } });
    await bus.settle();
    expect(client.control('unsubscribed')).toHaveLength(2);
    expect(client.control('refused')).toMatchObject([{ subscription: 1, code: 'bad-id' }]);
  });

  it('a crowd larger than one cohort still gets every publication', async () => {
    const bus = new TestBus();
    const clients = await Promise.all(Array.from({ length: 1_100 }, () => bus.join([room])));
    expect(bus.hub.fanout.cohorts.count).toBe(3);
    await bus.put('room');
    await bus.settle();
    expect(clients.filter((client) => client.offsets.length === 1)).toHaveLength(1_100);
    for (const client of clients) client.conversation.closed();
    expect(bus.hub.fanout.cohorts.count).toBe(0);
  });
});

describe('a session that is behind', () => {
  it('a full link leaves fan-out: nothing is queued for it, others are not held up, and it reads on from its cursor (C9)', async () => {
    const bus = new TestBus({ tailEntries: 4 });
    const slow = await bus.join([room]);
    const quick = await bus.join([room]);
    slow.link.hasRoom = false;
    for (let i = 0; i < 50; i++) {
      await bus.put('room');
      await bus.turn();
    }
    expect(slow.offsets).toEqual([]);
    expect(slow.conversation.session?.standing).toBe('behind');
    expect(slow.conversation.session?.cursor).toBe(0);
    expect(quick.offsets).toHaveLength(50);
    slow.room();
    await bus.settle();
    expect(slow.offsets).toEqual(quick.offsets);
    expect(slow.conversation.session?.standing).toBe('live');
  });

  it('it goes live in the turn in which it reaches the head: nothing twice, nothing missed, while puts go on', async () => {
    const bus = new TestBus({ tailEntries: 4 });
    const client = await bus.join([room]);
    client.link.hasRoom = false;
    for (let i = 0; i < 30; i++) await bus.put('room');
    await bus.settle();
    client.room();
    for (let i = 0; i < 30; i++) {
      await bus.put('room');
      if (i % 3 === 0) await bus.turn();
    }
    await bus.settle();
    expect(client.offsets).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  it('what the log has dropped meanwhile is reported as one gap with reason lag, before the rest (C9, G1)', async () => {
    const bus = new TestBus({ logBytes: 10 * 400, tailEntries: 2 });
    const client = await bus.join([room]);
    client.link.hasRoom = false;
    for (let i = 0; i < 50; i++) await bus.put('room');
    await bus.settle();
    client.room();
    await bus.settle();
    const [gap, ...more] = client.control('gap');
    expect(more).toEqual([]);
    const first = client.offsets[0] as number;
    expect(gap).toEqual({
      subscriptions: [1],
      reason: 'lag',
      epoch: 'epoch-1',
      from: 1,
      to: first - 1,
      missed: first - 1,
    });
    expect(client.offsets.at(-1)).toBe(50);
    expect(client.story.indexOf('gap')).toBeLessThan(client.story.indexOf(`${first} room`));
  });

  it('what one subscription lost does not hide what another loses later, nor is anything skipped for that (G1)', async () => {
    const bus = new TestBus({ logBytes: 60_000, lastBytes: 1e8, tailEntries: 4 });
    const big = 'x'.repeat(40_000);
    for (const [channel, text] of [
      ['c.1', big],
      ['c.2', big],
      ['b', 'kept'],
    ] as const)
      await bus.put(channel, text);
    for (let i = 0; i < 200; i++) await bus.put('a', `${i}`.padEnd(500));
    const client = bus.connect();
    client.link.fullAfter = 1;
    const subscriptions = [
      { id: 1, channels: ['a'], after: 0 },
      { id: 2, channels: ['b'], after: 0 },
      { id: 3, prefixes: ['c.'], after: 0 },
    ];
    client.hello(subscriptions, { epoch: 'epoch-1' });
    await bus.settle();
    expect(client.offsets).toEqual([1]);
    await bus.put('b', 'newer: the one that was kept is dropped');
    await bus.settle();
    client.room();
    await bus.settle();
    const gaps = client.control('gap').map((gap) => ('subscriptions' in gap ? gap.subscriptions : []));
    expect(gaps).toEqual([[1], [2]]);
    const oldest = client.offsets.find((offset) => offset > 3) ?? 0;
    expect(client.offsets.slice(1)).toEqual([
      2,
      ...Array.from({ length: 204 - oldest + 1 }, (_, i) => oldest + i),
    ]);
  });

  it('overtaken twice running, it skips ahead, and reports only to those that something was skipped for', async () => {
    const bus = new TestBus({ logBytes: 100 * 400, tailEntries: 2 });
    const client = await bus.join([room, { id: 2, channels: ['quiet'] }]);
    client.link.hasRoom = false;
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 500; i++) await bus.put('room');
      client.link.fullAfter = 1;
      client.room();
      client.link.fullAfter = 1;
      await bus.turn();
    }
    client.room();
    await bus.settle();
    expect(client.offsets.at(-1)).toBe(10_000);
    expect(client.offsets).toEqual([...new Set(client.offsets)].sort((a, b) => a - b));
    const gaps = client.control('gap');
    expect(gaps.flatMap((gap) => ('subscriptions' in gap ? gap.subscriptions : []))).not.toContain(2);
    for (const { from, to } of gaps) expect(to).toBeGreaterThanOrEqual(from as number);
    const covered = gaps.reduce((sum, { from, to }) => sum + (to as number) - (from as number) + 1, 0);
    expect(covered + client.offsets.length).toBe(10_000);
    expect(bus.failures).toEqual([]);
  });

  it('an unacknowledged window that is full leaves fan-out too, and an ack brings it back (A3)', async () => {
    const bus = new TestBus({ tailEntries: 4 });
    const still = await bus.join([room], { acks: true });
    const other = await bus.join([room]);
    const text = 'x'.repeat(60_000);
    for (let i = 0; i < 40; i++) {
      await bus.put('room', text);
      await bus.turn();
    }
    const bytes = (count: number) =>
      still.publications
        .slice(0, count)
        .reduce((sum, p) => sum + `${p.offset} ${p.time} ${p.channel} ${p.text}`.length, 0);
    expect(other.offsets).toHaveLength(40);
    const before = still.offsets.length;
    expect(bytes(before)).toBeGreaterThanOrEqual(LIMITS.windowBytes);
    expect(bytes(before - 1)).toBeLessThan(LIMITS.windowBytes);
    expect(still.conversation.session?.standing).toBe('behind');
    expect(bus.log.entriesAbove(still.conversation.session?.reached ?? 0)).toBe(40);
    still.say({ ack: { offset: 10, bytes: bytes(10) } });
    await bus.settle();
    expect(still.offsets).toHaveLength(before + 10);
    still.say({ ack: { offset: 28, bytes: bytes(before + 10) + 1e9 } });
    await bus.settle();
    expect(still.offsets).toEqual(other.offsets);
    expect(still.conversation.session?.standing).toBe('live');
  });

  it('no window holds for a client that does not ack (A4)', async () => {
    const bus = new TestBus();
    const client = await bus.join([room]);
    for (let i = 0; i < 40; i++) {
      await bus.put('room', 'x'.repeat(60_000));
      await bus.turn();
    }
    client.say({ ack: { offset: 1, bytes: 1 } });
    await bus.settle();
    expect(client.offsets).toHaveLength(40);
    expect(client.control('error')).toEqual([]);
  });

  it('a session with no subscription of its own costs nothing and follows the head', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    for (let i = 0; i < 3; i++) await bus.put('room');
    await bus.settle();
    expect(client.conversation.session?.cursor).toBe(3);
  });

  it('subscribing while behind delivers nothing from before it', async () => {
    const bus = new TestBus({ tailEntries: 2 });
    const client = await bus.join([room]);
    client.link.hasRoom = false;
    for (let i = 0; i < 10; i++) await bus.put(i % 2 ? 'late' : 'room');
    await bus.settle();
    client.say({ subscribe: { id: 7, channels: ['late'] } });
    await bus.put('late');
    client.room();
    await bus.settle();
    expect(
      client.publications.filter(({ channel }) => channel === 'late').map(({ offset }) => offset),
    ).toEqual([11]);
    expect(client.publications.filter(({ channel }) => channel === 'room')).toHaveLength(5);
  });
});
