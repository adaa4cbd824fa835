import { CLOSE, TIMES, ZerospanError } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';

const room = { id: 1, channels: ['room'] };

/** A log that takes the place of another, with what it held before. */
async function nextLog(bus: TestBus, held = 0): Promise<MemoryLog> {
  const log = new MemoryLog({ clock: bus.clock, bytes: 1e8, lastBytes: 0, ageMs: 0, epoch: 'epoch-2' });
  for (let i = 0; i < held; i++)
    log.append({ channels: ['room'], payload: Buffer.from('"before"'), republish: true });
  return log;
}

function put(log: MemoryLog, times = 1): void {
  for (let i = 0; i < times; i++)
    log.append({ channels: ['room'], payload: Buffer.from('"new"'), republish: true });
}

const closes = (clients: readonly FakeClient[]) => clients.map(({ link }) => link.closedWith);

describe('a log whose epoch changes while the server runs', () => {
  it('ends every session in that turn, and closes its client, which comes back and receives restart (C7)', async () => {
    const bus = new TestBus({ tailEntries: 64 });
    const [live, slow, replaying] = [await bus.join([room]), await bus.join([room]), await bus.join([])];
    slow.link.hasRoom = false;
    for (let i = 0; i < 20; i++) await bus.put('room');
    replaying.link.hasRoom = false;
    replaying.say({ subscribe: { ...room, replay: { last: 5 } } });
    const waiting = bus.connect();
    const log = await nextLog(bus);
    bus.late.restart(log);
    // In the very turn, before anybody is closed.
    put(log);
    for (const client of [slow, replaying]) client.room();
    await bus.settle();
    expect(closes([live, slow, replaying, waiting])).toEqual([
      CLOSE.goingAway.code,
      CLOSE.goingAway.code,
      CLOSE.goingAway.code,
      undefined,
    ]);
    expect(live.offsets.at(-1)).toBe(20);
    expect([slow.offsets, replaying.offsets, bus.hub.fanout.cohorts.count]).toEqual([[], [], 0]);
    const back = await bus.join([{ ...room, after: 20 }], { epoch: 'epoch-1' });
    expect(back.control('welcome')).toMatchObject([{ epoch: 'epoch-2', resumed: false, from: 0, head: 1 }]);
    expect(back.control('gap')).toEqual([
      { subscriptions: [1], reason: 'restart', epoch: 'epoch-1', from: 21, to: null, missed: null },
    ]);
    expect(back.publications.map(({ offset, text }) => [offset, text])).toEqual([[1, '"new"']]);
    // The one that had not said hello is greeted by the new log.
    waiting.hello([room]);
    await bus.settle();
    expect(waiting.control('welcome')).toMatchObject([{ epoch: 'epoch-2', head: 1 }]);
    expect(bus.hub.restarts).toBe(1);
  });

  it('says where clients of another epoch begin: what is older comes by last and time alone (C7, R8)', async () => {
    const bus = new TestBus();
    const log = await nextLog(bus, 5);
    bus.late.restart(log, 5);
    put(log, 2);
    const since = { since: { epoch: 'epoch-1', offset: 3 } };
    const back = await bus.join(
      [
        { ...room, after: 9 },
        { id: 2, channels: ['room'], replay: since },
        { id: 3, channels: ['room'], replay: { last: 4 } },
      ],
      { epoch: 'epoch-1' },
    );
    expect(back.control('welcome')).toMatchObject([{ begins: 5, from: 5, head: 7 }]);
    expect(back.control('subscribed').map(({ id, offset }) => [id, offset])).toEqual([
      [1, 5],
      [2, 7],
      [3, 7],
    ]);
    const counts = back.control('replay').map(({ subscription, count }) => [subscription, count] as const);
    expect(new Map(counts)).toEqual(
      new Map([
        [2, 2],
        [3, 4],
      ]),
    );
    expect(back.offsets.toSorted((a, b) => a - b)).toEqual([4, 5, 6, 6, 6, 7, 7, 7]);
  });

  it('drops the tail and shared reads: nothing of the log before is given for the new one', async () => {
    const bus = new TestBus({ isLate: true, tailEntries: 4 });
    bus.late.isLate = false;
    for (let i = 0; i < 20; i++) await bus.put('room');
    bus.late.isLate = true;
    const crowd = [0, 1, 2].map(() => bus.connect());
    for (const client of crowd) client.hello([{ ...room, after: 0 }], { epoch: 'epoch-1' });
    await bus.settle();
    const log = await nextLog(bus);
    bus.late.restart(log);
    put(log, 2);
    bus.late.prompt();
    await bus.settle();
    expect(crowd.flatMap(({ offsets }) => offsets)).toEqual([]);
    const back = await bus.join([{ ...room, after: 0 }], { epoch: 'epoch-2' });
    expect(back.publications.map(({ text }) => text)).toEqual(['"new"', '"new"']);
  });

  it('ends receipts with what is known, and leaves nothing of puts under way', async () => {
    const bus = new TestBus({ isLate: true });
    const [putter, subscriber] = [await bus.join([]), await bus.join([room], { acks: true })];
    const confirm = { timeoutMs: 60_000 };
    for (const id of [1, 2, 3]) putter.say({ put: { id, channels: ['room'], confirm } }, '1');
    // The first is accepted, the second taken and not answered, the third not appended.
    bus.late.appendNext();
    bus.late.answerNext();
    await bus.settle();
    bus.late.appendNext();
    await bus.settle();
    expect([bus.hub.receipts.pending, subscriber.offsets]).toEqual([1, [1, 2]]);
    bus.late.restart(await nextLog(bus));
    bus.late.prompt();
    await bus.settle();
    bus.clock.advance(60_000);
    await bus.settle();
    const { pending, bytes, away, open } = bus.hub.receipts;
    expect({ pending, bytes, away, open, inFlight: bus.hub.puts.inFlight }).toEqual({
      pending: 0,
      bytes: 0,
      away: 0,
      open: 0,
      inFlight: 0,
    });
  });

  it('does not know what became of puts of before: `outcome-unknown` (P10)', async () => {
    const bus = new TestBus();
    bus.late.restart(await nextLog(bus));
    const client = await bus.join([]);
    client.say({ put: { id: 7, channels: ['room'], againMs: 5 } }, '1');
    client.say({ put: { id: 8, channels: ['room'] } }, '1');
    await bus.settle();
    expect(client.control('refused')).toMatchObject([{ put: 7, code: 'outcome-unknown' }]);
    expect(client.control('accepted')).toMatchObject([{ put: 8, channels: [{ offset: 1 }] }]);
  });

  it('moves the resume window with it: nothing of the new epoch is older (W7)', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 20; i++) await bus.put('room');
    bus.late.restart(await nextLog(bus, 3), 3);
    expect(bus.hub.recent.start).toBe(3);
  });
});

describe('a log that fails', () => {
  it('is named by readiness, and the beat says for how long; sessions stay (P10)', async () => {
    const bus = new TestBus({ isLate: true });
    const client = await bus.join([room]);
    expect(bus.hub.unready).toEqual([]);
    bus.late.become('failed');
    client.say({ put: { id: 1, channels: ['room'] } }, '1');
    bus.late.rejectNext(new ZerospanError('log-failed'));
    bus.late.answerNext();
    bus.clock.advance(TIMES.beatMs + 5_000);
    await bus.settle();
    expect(bus.hub.unready).toEqual(['log-failed']);
    expect(client.control('refused')).toMatchObject([{ put: 1, code: 'log-failed' }]);
    const [first, beat] = client.control('beat');
    expect(first?.logAwayMs).toBe(0);
    expect(beat?.logAwayMs).toBeGreaterThan(TIMES.beatMs - 5_000);
    bus.late.become('reachable');
    bus.clock.advance(TIMES.beatMs + 5_000);
    await bus.settle();
    expect([bus.hub.unready, client.control('beat').at(-1)?.logAwayMs]).toEqual([[], undefined]);
    expect(client.link.closedWith).toBeUndefined();
  });

  it('or is away is said to everybody at once, with for how long, and so is its return; puts wait (B6)', async () => {
    const bus = new TestBus({ isLate: true });
    const clients = [await bus.join([room]), await bus.join([])];
    const greeting = bus.connect();
    const beats = () => clients.map((client) => client.control('beat'));
    bus.late.become('away', bus.clock.elapsed() - 2_100);
    await bus.settle();
    const first = { offset: 0, retrySpreadMs: 500, logAwayMs: 2_100 };
    expect(beats()).toEqual([[first], [first]]);
    clients[0]?.say({ put: { id: 1, channels: ['room'] } }, '1');
    bus.clock.advance(5_000);
    await bus.settle();
    expect([bus.hub.unready, clients[0]?.control('refused')]).toEqual([['log-away'], []]);
    // It fails: that is no other absence, and says nothing new.
    bus.late.become('failed');
    await bus.settle();
    expect([beats().flat().length, bus.hub.logAway]).toEqual([2, { logAwayMs: 7_100 }]);
    bus.late.become('reachable');
    await bus.settle();
    const last = { offset: 0, retrySpreadMs: 500 };
    expect(beats()).toEqual([
      [first, last],
      [first, last],
    ]);
    expect([greeting.story, bus.hub.unready]).toEqual([[], []]);
  });

  it('or is away is said to clients that connect meanwhile, behind the answers to their hello (B6, H2)', async () => {
    const bus = new TestBus();
    for (let i = 0; i < 3; i++) await bus.put('other');
    bus.late.become('away');
    bus.clock.advance(500);
    const fresh = await bus.join([room]);
    expect(fresh.story).toEqual(['welcome', 'subscribed', 'beat']);
    expect(fresh.control('beat')).toEqual([{ offset: 3, retrySpreadMs: 500, logAwayMs: 500 }]);
    // One that catches up is sent a beat for that alone: none says that the log is there.
    const back = await bus.join([{ ...room, after: 0 }], { epoch: 'epoch-1' });
    expect(back.control('beat').map(({ logAwayMs }) => logAwayMs)).toEqual([500, 500]);
  });

  it('or is full says so', () => {
    const bus = new TestBus({ isLate: true });
    bus.late.become('full');
    expect([bus.hub.unready, bus.hub.logAway]).toEqual([['log-full'], undefined]);
  });
});
