import { describe, expect, it, vi } from 'vitest';
import { TestBus } from '../../support/core.ts';

/** Ten cohorts that want all of `room.`, and what each of their clients was given. */
async function scene(gatheredMost: number, more: ConstructorParameters<typeof TestBus>[0] = {}) {
  const bus = new TestBus({ gatheredMost, ...more });
  const clients = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      bus.join([
        { id: 1, prefixes: ['room.'] },
        { id: 2, channels: [`inbox.${i}`] },
      ]),
    ),
  );
  const channels = Array.from({ length: 20 }, (_, i) => `room.${i}`);
  return { bus, clients, channels };
}

const offsets = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a put on many channels of many sessions', () => {
  it('goes out over several turns, in order, and is accepted once all of it has been taken (C1, S4)', async () => {
    const { bus, clients, channels } = await scene(50);
    const [putter] = clients;
    putter?.say({ put: { id: 1, channels } }, '1');
    // The first five entries reach ten cohorts each.
    expect([bus.log.head, bus.hub.fanout.head]).toEqual([20, 5]);
    await bus.turn();
    expect(bus.hub.fanout.head).toBe(10);
    expect(putter?.control('accepted')).toEqual([]);
    const late = bus.connect();
    late.hello([{ id: 1, prefixes: ['room.'] }]);
    await bus.settle();
    for (const client of clients) expect(client.offsets).toEqual(offsets(1, 20));
    const from = late.control('subscribed')[0]?.offset ?? 0;
    expect(late.offsets).toEqual(offsets(from + 1, 20));
    expect([from, putter?.control('accepted')[0]?.channels.map(({ sessions }) => sessions)]).toEqual([
      10,
      offsets(1, 20).map((offset) => (offset > from ? 11 : 10)),
    ]);
  });

  it('counts the sessions of a prefix once, however many channels it names', async () => {
    const { bus, clients, channels } = await scene(1_000_000);
    const { cohorts } = bus.hub.fanout;
    expect(cohorts.sessionsMatching('room.0')).toBe(10);
    const each = vi.spyOn(Set.prototype, Symbol.iterator);
    for (const channel of channels) expect(cohorts.sessionsMatching(channel)).toBe(10);
    const walked = each.mock.contexts.filter((set) => (set as Set<unknown>).size === 10).length;
    each.mockRestore();
    expect(walked).toBe(0);
    clients[3]?.say({ unsubscribe: { id: 1 } });
    expect(cohorts.sessionsMatching('room.7')).toBe(9);
    clients[4]?.conversation.closed();
    expect(cohorts.sessionsMatching('room.7')).toBe(8);
  });

  it('is taken at once where the log drops it first: nothing that still comes is reported as lost (G1)', async () => {
    const { bus, clients, channels } = await scene(50, { ageMs: 1_000 });
    const [putter] = clients;
    putter?.say({ put: { id: 1, channels } }, '1');
    expect(bus.hub.fanout.head).toBe(5);
    bus.clock.advance(1_001);
    const slow = bus.connect();
    slow.hello([{ id: 1, prefixes: ['room.'], after: 0 }], { epoch: 'epoch-1' });
    await bus.settle();
    expect(bus.hub.fanout.head).toBe(20);
    expect(slow.control('gap')).toMatchObject([{ from: 1, to: 20, missed: 20 }]);
    expect(slow.offsets).toEqual([]);
    for (const client of clients) expect(client.offsets).toEqual(offsets(1, 20));
  });

  it('is taken as well where the log drops it while it answers a read (G1)', async () => {
    const { bus, channels } = await scene(50, { ageMs: 1_000, isLate: true, tailEntries: 2 });
    for (let i = 0; i < 3; i++) await bus.put('room.0');
    await bus.settle();
    const client = bus.connect();
    const wishes = [
      { id: 1, prefixes: ['room.'], after: 0 },
      { id: 2, channels: ['inbox'], after: 3 },
    ];
    client.hello(wishes, { epoch: 'epoch-1' });
    await bus.settle();
    bus.log.append({ channels, payload: Buffer.from('1'), republish: true });
    expect([bus.log.head, bus.hub.fanout.head]).toEqual([23, 8]);
    bus.clock.advance(1_001);
    while (bus.late.readNext() || bus.late.answerNext());
    bus.late.prompt();
    await bus.settle();
    const [gap, ...others] = client.control('gap');
    expect(others).toEqual([]);
    expect(client.offsets).toEqual(offsets((gap?.to ?? 0) + 1, 23));
  });

  it('stands before `draining` (D1)', async () => {
    const { bus, clients, channels } = await scene(50);
    clients[0]?.say({ put: { id: 1, channels } }, '1');
    void bus.hub.drain();
    await bus.settle();
    for (const client of clients) {
      expect(client.offsets).toEqual(offsets(1, 20));
      expect(client.story.indexOf('draining')).toBeGreaterThan(client.story.indexOf('20 room.19'));
    }
  });

  it('does not pile up: beyond a bound all that waits is taken at once', async () => {
    const { bus } = await scene(5);
    for (let i = 0; i < 4_200; i++) await bus.put('room.0');
    expect(bus.log.head - bus.hub.fanout.head).toBeLessThan(4_097);
    await bus.settle();
    expect(bus.hub.fanout.head).toBe(4_200);
  });
});

describe('puts that ask who got them', () => {
  it('wait for another turn where many sessions have to answer, and keep their order (P5)', async () => {
    const bus = new TestBus();
    const many = Array.from({ length: 4_000 }, (_, i) => ({ id: 1, channels: ['room', `inbox.${i}`] }));
    for (const one of many) {
      const client = bus.connect();
      client.hello([one], { acks: true });
    }
    await bus.settle();
    const putter = await bus.join([]);
    putter.link.keeps = true;
    for (let id = 1; id <= 6; id++)
      putter.say({ put: { id, channels: ['room'], confirm: { timeoutMs: 10 } } }, '1');
    // Each takes a look at 4,000 cohorts, and at a session of each.
    expect(bus.log.head).toBe(2);
    expect(putter.link.held).toBe(true);
    await bus.settle();
    expect(putter.control('accepted').map(({ put }) => put)).toEqual([1, 2, 3, 4, 5, 6]);
    bus.clock.advance(11);
    await bus.settle();
    expect(putter.control('confirmed').map(({ put }) => put)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are refused before anything is scanned, where a receipt would have a million places (P14)', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 1_001; i++) {
      const client = bus.connect();
      client.hello([{ id: 1, prefixes: ['room.'], channels: [`inbox.${i}`] }]);
    }
    await bus.settle();
    const putter = await bus.join([]);
    const each = vi.spyOn(bus.hub.fanout.cohorts, 'each');
    const names = Array.from({ length: 1_000 }, (_, i) => `room.${i}`);
    putter.say({ put: { id: 1, channels: names, confirm: { timeoutMs: 10 } } }, '1');
    expect(each).not.toHaveBeenCalled();
    await bus.settle();
    expect(putter.control('refused')).toMatchObject([{ put: 1, code: 'too-many-confirms' }]);
    expect(bus.log.head).toBe(0);
    putter.say({ put: { id: 2, channels: names.slice(1), confirm: { timeoutMs: 10 } } }, '1');
    await bus.settle();
    expect(putter.control('accepted')).toMatchObject([{ put: 2 }]);
  });
});
