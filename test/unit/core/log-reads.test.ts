import { CLOSE } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import type { Catching } from '../../../server/src/core/session/behind/catchup.ts';
import { READS, ReadTimeout } from '../../../server/src/core/session/behind/log-reads.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';

const offsets = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A late bus whose log has more than its tail, and clients that come back from offset 0, each by its own filters. */
async function scene(clients: number, users = clients) {
  const bus = new TestBus({ isLate: true, tailEntries: 2 });
  for (let i = 0; i < 10; i++) await bus.put('room');
  const all = Array.from({ length: clients }, (_, i) => {
    const client = bus.connect(`10.0.0.${i % users}`);
    client.hello([{ id: 1, channels: ['room', `x${i}`], after: 0 }], { epoch: 'epoch-1' });
    return client;
  });
  await bus.settle();
  return { bus, all };
}

/** Time passes, and the clients answer the server's pings. */
async function pass(bus: TestBus, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    bus.clock.advance(1_000);
    await bus.settle();
  }
}

const served = (all: readonly FakeClient[]) => all.filter(({ publications }) => publications.length === 10);

describe('reads of the log', () => {
  it('are limited at a time, and the next one begins when one is answered', async () => {
    const { bus, all } = await scene(40);
    expect(bus.late.reading).toBe(READS.most);
    bus.late.readNext();
    bus.late.answerNext();
    await bus.settle();
    expect([bus.late.reading, served(all).length]).toEqual([READS.most, 1]);
    for (let i = 0; i < 39; i++) {
      bus.late.readNext(i);
      bus.late.answerNext();
      await bus.settle();
      expect(bus.hub.reads.running).toBeLessThanOrEqual(READS.most);
    }
    expect(served(all)).toHaveLength(40);
    expect([bus.late.reading, bus.hub.catchUp.waiting]).toEqual([0, 0]);
  });

  it.each([
    ['waits for a slot', READS.ofUser],
    ['reads', 0],
  ])('keep no subscription from its end where its session falls behind and %s (C10)', async (_, taken) => {
    const { bus } = await scene(taken, 1);
    const client = bus.connect('10.0.0.0');
    client.hello([{ id: 1, channels: ['live'], onLag: 'close' }]);
    await bus.settle();
    client.say({ subscribe: { id: 2, channels: ['room'], replay: { last: 5 } } });
    await bus.settle();
    const parked = taken === 0 ? 0 : 1;
    expect([bus.late.reading, bus.hub.catchUp.waiting]).toEqual([taken + 1 - parked, parked]);
    client.link.hasRoom = false;
    await bus.put('live');
    await bus.settle();
    expect(client.control('refused')).toMatchObject([{ subscription: 1, code: 'lag' }]);
    expect(bus.hub.fanout.cohorts.sessionsMatching('live')).toBe(0);
    client.room();
    bus.late.isLate = false;
    bus.late.prompt();
    await bus.settle();
    expect(client.offsets).toEqual(offsets(6, 10));
    expect([bus.late.reading, bus.hub.catchUp.waiting, bus.failures]).toEqual([0, 0, []]);
  });

  it('of one user are fewer, and other users have their turn', async () => {
    const { bus, all } = await scene(20, 1);
    expect(bus.late.reading).toBe(READS.ofUser);
    const other = bus.connect('10.9.9.9');
    other.hello([{ id: 1, channels: ['room', 'other'], after: 0 }], { epoch: 'epoch-1' });
    await bus.settle();
    expect(bus.late.reading).toBe(READS.ofUser + 1);
    bus.late.prompt();
    await bus.settle();
    expect(served([...all, other])).toHaveLength(21);
  });

  it('leave their slot to the next in the queue when the one called for it has no room', async () => {
    const { bus, all } = await scene(READS.most * 3);
    const called = all.slice(READS.most, READS.most * 2);
    for (const { link } of called) link.hasRoom = false;
    while (bus.late.readNext());
    while (bus.late.answerNext());
    await bus.settle();
    expect(bus.late.reading).toBe(READS.most);
    bus.late.prompt();
    await bus.settle();
    expect(served(all)).toHaveLength(READS.most * 2);
    expect(bus.hub.catchUp.waiting).toBe(0);
    for (const client of called) client.room();
    await bus.settle();
    expect(served(all)).toHaveLength(READS.most * 3);
  });

  it('leave their slot to the next in the queue when the one called for it goes', async () => {
    const bus = new TestBus();
    const { hub } = bus;
    let free = (): void => {};
    for (let i = 0; i < READS.most; i++)
      void hub.reads.ask(
        `user ${i}`,
        () => new Promise<void>((resolve) => (free = resolve)),
        () => {},
      );
    const stepped: string[] = [];
    const [gone, next] = ['gone', 'next'].map((user) => ({
      user,
      step: () => {
        if (!hub.reads.hasRoom(user)) return 'no-slot' as const;
        stepped.push(user);
        return false;
      },
    })) as [Catching, Catching];
    for (const one of [gone, next]) hub.catchUp.add(one);
    await bus.settle();
    free();
    // It is called, and has not had its turn.
    while (hub.reads.free === 0) await Promise.resolve();
    hub.catchUp.forget(gone);
    await bus.settle();
    expect(stepped).toEqual(['next']);
  });

  it('that are never answered cost their sessions a time-out, and the others nothing', async () => {
    const { bus, all } = await scene(30);
    bus.late.hangRead();
    for (let i = 0; i < 100 && (bus.late.readNext() || bus.late.answerNext()); i++) await bus.settle();
    while (bus.late.readNext() || bus.late.answerNext()) await bus.settle();
    expect(served(all)).toHaveLength(29);
    await pass(bus, READS.timeoutMs);
    expect(all.filter(({ link }) => link.closedWith === CLOSE.failed.code)).toHaveLength(1);
    expect(bus.failures).toEqual([expect.any(ReadTimeout)]);
    expect([bus.hub.reads.running, bus.hub.reads.overdue]).toEqual([0, 1]);
  });

  it('that are answered too late are not used, and are not counted any more', async () => {
    const { bus, all } = await scene(1);
    const answer = bus.late.hangRead();
    await pass(bus, READS.timeoutMs + 1_000);
    const { length } = all[0]?.link.frames ?? [];
    answer();
    bus.late.answerNext();
    await bus.settle();
    expect([all[0]?.link.frames.length, bus.hub.reads.overdue]).toEqual([length, 0]);
  });

  it('hang: then nobody reads and the server is not ready, until some are answered', async () => {
    const bus = new TestBus({ isLate: true, tailEntries: 2 });
    for (let i = 0; i < 10; i++) await bus.put('room');
    const answers: (() => void)[] = [];
    const ask = (): FakeClient[] =>
      offsets(1, READS.most).map((i) => {
        const client = bus.connect(`10.0.${answers.length}.${i}`);
        client.hello([{ id: 1, channels: ['room', `x${i}`], after: 0 }], { epoch: 'epoch-1' });
        return client;
      });
    for (let round = 0; round * READS.most < READS.overdueMost; round++) {
      expect(bus.hub.reads.isStuck).toBe(false);
      ask();
      await bus.settle();
      while (bus.late.reading > 0) answers.push(bus.late.hangRead());
      await pass(bus, READS.timeoutMs);
    }
    expect([bus.hub.reads.overdue, bus.hub.reads.isStuck]).toEqual([READS.overdueMost, true]);
    const last = ask();
    await bus.settle();
    expect([bus.late.reading, bus.hub.catchUp.waiting]).toEqual([0, READS.most]);
    // What the tail has is given all the same.
    const live = await bus.join([{ id: 1, channels: ['room'], after: 9 }], { epoch: 'epoch-1' });
    expect(live.offsets).toEqual([10]);
    for (const answer of answers) answer();
    bus.late.prompt();
    await bus.settle();
    expect([bus.hub.reads.isStuck, bus.hub.reads.overdue, served(last).length]).toEqual([
      false,
      0,
      READS.most,
    ]);
  });

  it('of one user that hang are bounded as well: others go on', async () => {
    const bus = new TestBus({ isLate: true, tailEntries: 2 });
    for (let i = 0; i < 10; i++) await bus.put('room');
    for (let i = 0; i < 40; i++) {
      const client = bus.connect('10.0.0.1');
      client.hello([{ id: 1, channels: ['room', `x${i}`], after: 0 }], { epoch: 'epoch-1' });
    }
    for (let i = 0; i < 12; i++) {
      await bus.settle();
      while (bus.late.reading > 0) bus.late.hangRead();
      await pass(bus, READS.timeoutMs);
    }
    expect(bus.hub.reads.overdue).toBe(READS.overdueOfUser);
    const other = bus.connect('10.0.0.2');
    other.hello([{ id: 1, channels: ['room'], after: 0 }], { epoch: 'epoch-1' });
    await bus.settle();
    bus.late.prompt();
    await bus.settle();
    expect(other.offsets).toEqual(offsets(1, 10));
  });
});

describe('sessions that share a read', () => {
  it('wait for it without a slot, and are given what it brought', async () => {
    const bus = new TestBus({ isLate: true, tailEntries: 2 });
    for (let i = 0; i < 10; i++) await bus.put('room');
    const all = offsets(1, 50).map(() => bus.connect());
    for (const client of all) client.hello([{ id: 1, channels: ['room'], after: 0 }], { epoch: 'epoch-1' });
    await bus.settle();
    expect(bus.late.reading).toBe(1);
    bus.late.readNext();
    bus.late.answerNext();
    await bus.settle();
    expect([bus.late.reading, served(all).length]).toEqual([0, 50]);
  });

  it.each([
    ['', false],
    [' with sessions of other filters', true],
  ])(
    'that is never answered%s ask once more, all together; the one whose it was is closed',
    async (_, joint) => {
      const bus = new TestBus({ isLate: true, tailEntries: 2 });
      bus.late.saysSo = joint;
      for (let i = 0; i < 10; i++) await bus.put('room');
      const all = offsets(1, 50).map(() => bus.connect());
      for (const client of all) client.hello([{ id: 1, channels: ['room'], after: 0 }], { epoch: 'epoch-1' });
      await bus.settle();
      bus.late.hangRead();
      await pass(bus, READS.patienceMs + 1_000);
      expect(bus.late.reading).toBe(1);
      bus.late.readNext();
      bus.late.answerNext();
      await bus.settle();
      expect(served(all)).toHaveLength(49);
      await pass(bus, READS.timeoutMs);
      expect(all.map(({ link }) => link.closedWith)).toEqual([CLOSE.failed.code, ...new Array(49)]);
    },
  );
});
