import type { SubscribeBody } from '@zerospan/shared';
import { ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../../server/src/core/access/gate.ts';
import { READS } from '../../../../server/src/core/session/behind/log-reads.ts';
import type { Greeting } from '../../../../server/src/core/subscribing/greeting.ts';
import { SessionOpening } from '../../../../server/src/core/subscribing/session-opening.ts';
import { FakeLink, TestBus, type TestBusOptions } from '../../../support/core.ts';
import { ALL, grants, set, TestGate } from '../../../support/grants.ts';
import { EVERYBODY, requesterOf } from '../../../support/putting.ts';

const EVERYTHING = { id: 1, prefixes: [''] };

async function scene(entries = 10, options: TestBusOptions = {}) {
  const bus = new TestBus(options);
  for (let i = 1; i <= entries; i++) await bus.put(`room${i % 2}`, i);
  const open = (
    subscriptions: readonly SubscribeBody[],
    { identity = EVERYBODY, ...more }: { identity?: Identity; epoch?: string; acks?: boolean } = {},
  ) => new SessionOpening(requesterOf(bus, identity), { subscriptions, ...more }, bus.hub);
  /** Begins at once, as a transport does that waits for nothing. */
  const begin = async (opening: SessionOpening, lost = opening.lostBefore()) => {
    const link = new FakeLink();
    let greeting: Greeting | undefined;
    await bus.settle();
    const session = opening.begin(link, (await lost) ?? [], (greeted) => {
      expect(link.frames).toEqual([]);
      greeting = greeted;
    });
    await bus.settle();
    const offsets = () => link.frames.flatMap((frame) => ('offset' in frame ? [frame.offset] : []));
    const gaps = () => link.frames.flatMap((frame) => ('gap' in frame ? [frame.gap] : []));
    return { session, link, greeting: greeting as unknown as Greeting, offsets, gaps };
  };
  return { bus, open, begin };
}

describe('a session that opens without a hello', () => {
  it('begins with what comes from now on', async () => {
    const { bus, open, begin } = await scene();
    const { session, offsets, greeting } = await begin(open([EVERYTHING]));
    expect([session.standing, greeting.cursor, greeting.resumed]).toEqual(['live', 10, false]);
    await bus.put('room');
    await bus.settle();
    expect(offsets()).toEqual([11]);
  });

  it.each([
    ['a position over all channels', { after: 4 }, { epoch: 'epoch-1' }, [5, 6, 7, 8, 9, 10]],
    ['the last n of each channel', { replay: { last: 2 } }, {}, [7, 8, 9, 10]],
    ['a time', { replay: { sinceMs: 60_000 } }, {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['a position that is history', { replay: { since: { epoch: 'epoch-1', offset: 8 } } }, {}, [9, 10]],
  ])('begins with %s, and goes on live', async (_, from, more, expected) => {
    const { bus, open, begin } = await scene();
    const { session, offsets, gaps } = await begin(open([{ ...EVERYTHING, ...from }], more));
    expect(offsets()).toEqual(expected);
    await bus.put('room');
    await bus.settle();
    expect([offsets().at(-1), session.isUnfinished, gaps()]).toEqual([11, false, []]);
  });

  it('with a position of another epoch receives the gap, and then all that there is (R8)', async () => {
    const { bus, open, begin } = await scene(3);
    const { greeting, offsets, link } = await begin(
      open([{ ...EVERYTHING, after: 70 }], { epoch: 'before' }),
    );
    expect(link.frames[0]).toMatchObject({ gap: { reason: 'restart', epoch: 'before', from: 71, to: null } });
    expect([greeting.resumed, offsets()]).toEqual([false, [1, 2, 3]]);
    expect(bus.hub.reports.gaps.get('restart')).toBe(1);
  });

  it('finds what becomes of each subscription, the one that could not be read among them', async () => {
    // Without a resume window, all that is there is history.
    const { bus } = await scene(10, { gate: new TestGate(), bounds: { resumeWindowMs: 0 } });
    const identity = { ...EVERYBODY, grants: grants({ subscribe: set('room*') }) };
    const bodies = [
      { id: 1, channels: ['room1'] },
      { id: 1, channels: ['room2'] },
      { id: 2, channels: ['other'] },
      { id: 3, channels: ['a b'] },
      { id: 4, channels: [] },
      { id: 5, channels: ['room1'], replay: { last: 1 } },
    ];
    const unread = new Map([[bodies[4] as SubscribeBody, new ZerospanError('bad-message')]]);
    const opening = new SessionOpening(
      requesterOf(bus, identity),
      { subscriptions: bodies, unread },
      bus.hub,
    );
    const results = [...opening.results.values()];
    expect(results.map((one) => (one instanceof ZerospanError ? one.code : one.id))).toEqual([
      1,
      'bad-id',
      'forbidden',
      'bad-filter',
      'bad-message',
      'forbidden',
    ]);
  });

  it('counts its filters for its user while it waits, and not once it gives up', async () => {
    const gate = new TestGate();
    const { bus, open, begin } = await scene(10, { gate, bounds: { resumeWindowMs: 1_000 } });
    bus.clock.advance(2_000);
    const identity = { subject: 'alice', grants: grants({ subscribe: ALL }), expiresMs: undefined };
    const late = open([{ id: 1, channels: ['room1'], after: 2 }], { identity, epoch: 'epoch-1' });
    const lost = late.lostBefore();
    expect([lost instanceof Promise, bus.hub.filters.of('salice')]).toEqual([true, 1]);
    const { gaps, offsets, session } = await begin(late, lost);
    expect(gaps()).toMatchObject([{ reason: 'retention', from: 3, to: 10, missed: null }]);
    expect([offsets(), bus.hub.filters.of('salice')]).toEqual([[], 1]);
    session.closed();
    const gone = open([{ id: 1, channels: ['room1'], after: 2 }], { identity, epoch: 'epoch-1' });
    void gone.lostBefore();
    gone.giveUp();
    expect(bus.hub.filters.of('salice')).toBe(0);
  });

  it('leaves nothing behind where clients leave 10,000 times while reads of the log hang', async () => {
    const gate = new TestGate();
    const bounds = { resumeWindowMs: 1_000, replayEntriesPerS: 1_000 };
    const { bus } = await scene(10, { gate, isLate: true, bounds });
    for (let user = 0; user < 10; user++) gate.knows(`${user}`, `user ${user}`, { subscribe: ALL });
    bus.clock.advance(2_000);
    const { reads, catchUp, filters, connections, clients } = bus.hub;
    for (let i = 0; i < 10_000; i++) {
      const client = bus.connect();
      client.hello([{ id: 1, channels: [`room${i % 2}`], after: 2 }], {
        epoch: 'epoch-1',
        token: `${i % 10}`,
      });
      // The first of them take all slots, and the next ones wait for one.
      if (i < 100) await bus.settle();
      client.conversation.closed();
    }
    await bus.settle();
    const left = { filters: filters.total, connections: connections.size, clients: clients.size };
    expect({ waiting: catchUp.waiting, ...left }).toEqual({
      waiting: 0,
      filters: 0,
      connections: 0,
      clients: 0,
    });
    // Those that the log has been asked, and has not answered: they end by their time-out.
    expect([reads.running, bus.late.reading]).toEqual([READS.most, READS.most]);
    bus.late.isLate = false;
    bus.late.prompt();
    await bus.settle();
    // What they scanned is charged all the same.
    expect([reads.running, reads.overdue, bus.hub.replays.debtors]).toEqual([0, 0, 10]);
  });

  it('is a session like any other: it falls behind, reads on, and ends with nothing left', async () => {
    const { bus, open, begin } = await scene(0);
    const { session, link, offsets } = await begin(open([EVERYTHING]));
    link.fullAfter = 5;
    for (let i = 0; i < 20; i++) {
      await bus.put('room', i);
      await bus.settle();
    }
    expect([session.standing, offsets().length]).toEqual(['behind', 5]);
    link.fullAfter = Number.POSITIVE_INFINITY;
    link.hasRoom = true;
    session.roomAgain();
    await bus.settle();
    expect([session.standing, offsets()]).toEqual(['live', Array.from({ length: 20 }, (_, i) => i + 1)]);
    session.closed();
    expect([bus.hub.fanout.cohorts.count, bus.hub.filters.total]).toEqual([0, 0]);
  });
});
