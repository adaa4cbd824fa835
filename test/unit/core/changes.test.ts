import { PrefixTree } from '@zerospan/shared';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Changes, FILTERS_A_TURN } from '../../../server/src/core/fanout/changes.ts';
import { uncaught } from '../../../server/src/core/reports.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { ALL, set, TestGate } from '../../support/grants.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** As many subscriptions, with as many filters in all, as a session may have. */
const many = (more: object = {}) =>
  Array.from({ length: 128 }, (_, i) => ({
    id: i + 1,
    channels: Array.from({ length: 78 }, (_, j) => `m.${i * 78 + j}`),
    ...more,
  }));

/** How often sessions take places among the cohorts from now on. */
function places(bus: TestBus) {
  const enter = vi.spyOn(bus.hub.fanout.cohorts, 'enter');
  return { taken: () => enter.mock.calls.length };
}

/** The ids of subscriptions that were refused, with one and the same code. */
function refused(client: FakeClient, code: string): unknown[] {
  return client.control('refused').flatMap((one) => (one.code === code ? [one.subscription] : []));
}

const ids = Array.from({ length: 128 }, (_, i) => i + 1);

describe('changes of filters in one turn', () => {
  it('count what the session comes to have, whatever it had at the first of them', () => {
    const due: (() => void)[] = [];
    const changes = new Changes((action) => due.push(action), uncaught);
    const session = { filterCount: 1, replaced: 0, replace: () => void session.replaced++ };
    changes.add(session);
    session.filterCount = FILTERS_A_TURN - 100;
    changes.add(session);
    session.filterCount = 2;
    changes.add(session);
    expect(changes.hasRoom).toBe(true);
    session.filterCount = FILTERS_A_TURN;
    changes.add(session);
    expect(changes.hasRoom).toBe(false);
    expect([session.replaced, due.length]).toEqual([0, 1]);
    due.shift()?.();
    expect([changes.hasRoom, session.replaced, due.length]).toEqual([true, 1, 0]);
  });
});

describe('a session takes its places once for all that changes its filters in a turn', () => {
  it('for subscriptions that narrower grants end (W10)', async () => {
    const gate = new TestGate();
    gate.knows('wide', 'mallory', { subscribe: ALL });
    gate.knows('narrow', 'mallory', { subscribe: set('m.0 m.1') });
    const bus = new TestBus({ gate });
    const subscriptions = [...many().slice(1), { id: 1, channels: ['m.1'] }];
    const client = await bus.join(subscriptions, { token: 'wide' });
    const { taken } = places(bus);
    client.say({ auth: { token: 'narrow' } });
    await bus.settle();
    expect(taken()).toBe(1);
    expect(refused(client, 'forbidden')).toEqual(ids.slice(1));
    expect(client.story.at(-1)).toBe('authorized');
    await bus.put('m.1');
    await bus.put('m.9');
    await bus.settle();
    expect(client.publications.map(({ channel }) => channel)).toEqual(['m.1']);
  });

  it('for subscriptions that end because it falls behind (C10)', async () => {
    const bus = new TestBus();
    const client = await bus.join(many({ onLag: 'close' }));
    client.link.hasRoom = false;
    const { taken } = places(bus);
    await bus.put('m.5');
    await bus.settle();
    expect(taken()).toBe(1);
    expect(refused(client, 'lag')).toEqual(ids);
    expect(bus.hub.fanout.cohorts.sessionsMatching('m.5')).toBe(0);
  });

  it('for subscriptions that it ends, and for those that it makes (S8, S10)', async () => {
    const bus = new TestBus({ limits: { subscriptions: 300, sessionFilters: 20_000 } });
    const client = await bus.join(many());
    const { taken } = places(bus);
    for (const id of ids) client.say({ unsubscribe: { id } });
    for (const id of ids) client.say({ subscribe: { id: 1_000 + id, channels: [`n.${id}`] } });
    await bus.settle();
    expect(taken()).toBe(1);
    await bus.put('m.1');
    await bus.put('n.1');
    await bus.settle();
    expect(client.publications.map(({ channel }) => channel)).toEqual(['n.1']);
  });

  it('for replays that end together (R7)', async () => {
    const bus = new TestBus({ bounds: { replays: 128 } });
    await bus.put('elsewhere');
    const { taken } = places(bus);
    let turns = 0;
    const client = bus.connect();
    client.hello(many({ replay: { last: 1 } }));
    for (; client.control('live').length < 128; turns++) await bus.turn();
    // One place for what is live and one for all that is wanted, at the beginning and after each turn.
    expect(taken()).toBeLessThanOrEqual(2 * (turns + 1));
    await bus.settle();
    await bus.put('m.77');
    await bus.settle();
    expect(client.publications.map(({ channel }) => channel)).toEqual(['m.77']);
  });

  it('before anything is counted or gathered: a put right behind `subscribe` finds it (S10)', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    client.say({ subscribe: { id: 1, channels: ['room'] } });
    client.say({ put: { id: 1, channels: ['room'] } }, '1');
    client.say({ unsubscribe: { id: 1 } });
    client.say({ put: { id: 2, channels: ['room'] } }, '2');
    await bus.settle();
    const counted = client.control('accepted').map(({ channels }) => channels[0]?.sessions);
    expect(counted).toEqual([1, 0]);
    expect(client.offsets).toEqual([1]);
    expect(client.story.indexOf('1 room')).toBeLessThan(client.story.indexOf('unsubscribed'));
  });
});

describe('changes of many filters', () => {
  it('do not keep others from what they catch up with, however long they go on', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 3; i++) await bus.put('a');
    await bus.settle();
    const { changes } = bus.hub.fanout;
    const change = (): void => {
      changes.spend(FILTERS_A_TURN);
      changes.wait(change);
    };
    change();
    const client = bus.connect();
    client.hello([{ id: 1, channels: ['a'], replay: { last: 3 } }]);
    for (let turns = 0; turns < 10; turns++) await bus.turn();
    expect(changes.hasRoom).toBe(false);
    expect([client.offsets, client.control('live').length]).toEqual([[1, 2, 3], 1]);
  });

  it('wait for another turn, and all that comes behind them on their connection waits with them (S10)', async () => {
    const bus = new TestBus();
    const client = await bus.join(many());
    client.link.keeps = true;
    const other = await bus.join([{ id: 1, channels: ['room'] }]);
    for (let id = 1; id <= 3; id++) {
      client.say({ unsubscribe: { id } });
      // It takes its places for each, because it is counted in between.
      client.say({ put: { id, channels: [`m.${(id - 1) * 78}`] } }, '1');
    }
    other.say({ unsubscribe: { id: 1 } });
    await Promise.resolve();
    expect(client.link.held).toBe(true);
    expect(client.control('unsubscribed').map(({ id }) => id)).toEqual([1, 2]);
    expect(bus.hub.fanout.changes.waiting).toBe(2);
    expect(bus.log.head).toBe(2);
    await bus.settle();
    expect(client.control('unsubscribed').map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(other.control('unsubscribed')).toEqual([{ id: 1 }]);
    expect(client.control('accepted').map(({ channels }) => channels[0]?.sessions)).toEqual([0, 0, 0]);
    expect(client.link.held).toBe(false);
    expect(other.link.held).toBe(false);
  });

  it('of a connection that is gone are not made', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    bus.hub.fanout.changes.spend(FILTERS_A_TURN);
    client.say({ subscribe: { id: 1, channels: ['room'] } });
    client.conversation.closed();
    await bus.settle();
    expect(client.control('subscribed')).toEqual([]);
    expect(bus.hub.fanout.cohorts.sessionsMatching('room')).toBe(0);
    expect(bus.hub.fanout.changes.waiting).toBe(0);
  });

  it('wait in the order in which they were asked for, as many a turn as it has room for', () => {
    const due: (() => void)[] = [];
    const changes = new Changes((action) => due.push(action), uncaught);
    const done: number[] = [];
    for (let i = 1; i <= 5; i++) {
      const change = (): void => {
        done.push(i);
        changes.spend(FILTERS_A_TURN / 2);
      };
      if (!changes.wait(change)) change();
    }
    expect(done).toEqual([1, 2]);
    due.shift()?.();
    expect(done).toEqual([1, 2, 3, 4]);
    due.shift()?.();
    expect([done, changes.waiting, changes.hasRoom]).toEqual([[1, 2, 3, 4, 5], 0, true]);
    due.shift()?.();
    expect(due).toEqual([]);
  });

  it('cost a compiled grant once, however many subscriptions it is asked about (W5)', async () => {
    const gate = new TestGate();
    const wide = Array.from({ length: 1_000 }, (_, i) => `m.${i}*`).join(' ');
    gate.knows('wide', 'mallory', { subscribe: set(`m.* ${wide}`) });
    const bus = new TestBus({ gate });
    const obtained = vi.spyOn(PrefixTree.prototype, 'obtain');
    const client = await bus.join(many(), { token: 'wide' });
    expect(client.control('subscribed')).toHaveLength(128);
    // Its put grant, and its grant to subscribe for names and for prefixes.
    expect(obtained.mock.calls.length).toBeLessThan(3 * 1_100);
  });

  it('are made by others though one throws, which is reported', async () => {
    const bus = new TestBus();
    const client = await bus.join([]);
    const { changes } = bus.hub.fanout;
    const [ofSession, ofAction] = [new Error('of a session'), new Error('of an action')];
    const broken = (fault: Error) => (): void => {
      throw fault;
    };
    changes.add({ filterCount: FILTERS_A_TURN, replace: broken(ofSession) });
    changes.wait(broken(ofAction));
    client.say({ subscribe: { id: 1, channels: ['room'] } });
    await bus.settle();
    expect([client.control('subscribed').length, client.link.held]).toEqual([1, false]);
    expect([changes.waiting, bus.failures]).toEqual([0, [ofSession, ofAction]]);
  });
});
