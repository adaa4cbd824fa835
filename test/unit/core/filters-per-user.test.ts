import { describe, expect, it } from 'vitest';
import { PerUser } from '../../../server/src/core/sharing/per-user.ts';
import { FakeClient, TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';

const names = (count: number, prefix = 'm') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

function scene() {
  const gate = new TestGate();
  for (const name of ['alice', 'mallory']) gate.knows(name, name, { put: ALL, subscribe: ALL });
  return new TestBus({ gate, bounds: { filtersPerUser: 100 } });
}

const codes = (client: FakeClient) => client.control('refused').map(({ code }) => code);

describe('the filters of all sessions of one user', () => {
  it("are bounded together, in hello and after it, and are nobody else's (S1)", async () => {
    const bus = scene();
    const token = 'mallory';
    await bus.join([{ id: 1, channels: names(60) }], { token });
    const second = await bus.join(
      [
        { id: 1, channels: names(30) },
        { id: 2, prefixes: names(11) },
        { id: 3, channels: names(5) },
      ],
      { token },
    );
    expect(second.control('refused')).toMatchObject([{ subscription: 2, code: 'too-many-filters' }]);
    second.say({ subscribe: { id: 4, channels: names(6) } });
    second.say({ subscribe: { id: 5, channels: names(5) } });
    expect(second.control('refused').map(({ subscription }) => subscription)).toEqual([2, 4]);
    expect(bus.hub.filters.total).toBe(100);
    expect(codes(await bus.join([{ id: 1, channels: names(100) }], { token: 'alice' }))).toEqual([]);
  });

  it('are free again when a subscription ends, loses some, ends by its lag, or its session ends', async () => {
    const bus = scene();
    const client = await bus.join(
      [
        { id: 1, channels: names(50) },
        { id: 2, channels: names(30, 'n') },
        { id: 3, channels: names(10, 'o'), onLag: 'close' },
      ],
      { token: 'mallory' },
    );
    client.say({ unsubscribe: { id: 1, channels: names(20) } });
    expect(bus.hub.filters.total).toBe(70);
    client.say({ unsubscribe: { id: 2 } });
    expect(bus.hub.filters.total).toBe(40);
    client.link.hasRoom = false;
    await bus.put('o1');
    await bus.settle();
    expect(codes(client)).toEqual(['lag']);
    expect(bus.hub.filters.total).toBe(30);
    client.conversation.closed();
    expect([bus.hub.filters.total, bus.hub.filters.users]).toEqual([0, 0]);
  });

  it('do not count twice where a connection takes the place of another of its client (H9)', async () => {
    const bus = scene();
    const subscriptions = [{ id: 1, channels: names(100) }];
    const first = await bus.join(subscriptions, { token: 'mallory' });
    const next = await bus.join(subscriptions, { token: 'mallory', client: first.id });
    expect([codes(next), bus.hub.filters.total]).toEqual([[], 100]);
    // It is another user's place that this one does not take.
    const other = await bus.join(subscriptions, { token: 'alice', client: first.id });
    const more = await bus.join(subscriptions, { token: 'alice' });
    expect([codes(other), codes(more)]).toEqual([[], ['too-many-filters']]);
  });

  it('count while their connections wait to be admitted, and no longer (S1)', async () => {
    const gate = new TestGate();
    gate.knows('mallory', 'mallory', { put: ALL, subscribe: ALL });
    const bus = new TestBus({ gate, bounds: { filtersPerUser: 100, resumeWindowMs: 64 } });
    for (let i = 0; i < 9; i++) await bus.put('a');
    await bus.settle();
    for (let i = 0; i < 65; i++) bus.clock.advance(1);
    const reconnect = (): FakeClient => {
      const client = bus.connect();
      const [token, epoch] = ['mallory', bus.log.epoch];
      client.hello([{ id: 1, channels: names(90), after: 1 }], { token, epoch });
      return client;
    };
    const [first, ...others] = [reconnect(), reconnect(), reconnect()];
    await bus.settle();
    expect([first, ...others].map(codes)).toEqual([[], ['too-many-filters'], ['too-many-filters']]);
    expect(bus.hub.filters.total).toBe(90);
    first.conversation.closed();
    const gone = reconnect();
    await Promise.resolve();
    expect([gone.control('welcome').length, bus.hub.filters.total]).toEqual([0, 90]);
    gone.conversation.closed();
    await bus.settle();
    expect([bus.hub.filters.total, bus.hub.filters.users]).toEqual([0, 0]);
  });

  it('count by address where clients are no users, whatever ids they draw', async () => {
    const bus = new TestBus({ bounds: { filtersPerUser: 100 } });
    const all = ['192.0.2.1', '192.0.2.1', '192.0.2.2'].map((address) => {
      const client = new FakeClient(bus.hub, address);
      client.hello([{ id: 1, channels: names(60) }]);
      return client;
    });
    await bus.settle();
    expect(all.map(codes)).toEqual([[], ['too-many-filters'], []]);
    // Their client's place does not give them another's room.
    const taker = new FakeClient(bus.hub, '192.0.2.2');
    taker.hello([{ id: 1, channels: names(60) }], { client: all[0]?.id });
    await bus.settle();
    expect(codes(taker)).toEqual(['too-many-filters']);
  });

  it('of 0 are unlimited', () => {
    const filters = new PerUser(0);
    filters.hold('mallory').be(1e9);
    expect(filters.hasRoom('mallory', 1e9)).toBe(true);
  });
});
