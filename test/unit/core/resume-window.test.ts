import { CLOSE, type ReplayRequest } from '@zerospan/shared';
import { describe, expect, it, vi } from 'vitest';
import { ResumeWindow } from '../../../server/src/core/access/resume-window.ts';
import { TestBus } from '../../support/core.ts';
import { ALL, set, TestGate } from '../../support/grants.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const WINDOW_MS = 120_000;

/** Three old publications on `room`, one on `other`, then a window that has passed, then one recent one on `room`. */
async function scene(tailEntries = 2) {
  const gate = new TestGate();
  gate.knows('short', 'carl', { subscribe: ALL });
  gate.knows('some', 'carl', { subscribe: ALL, history: set('other') });
  gate.knows('long', 'carl', { subscribe: ALL, history: ALL });
  const bus = new TestBus({ gate, tailEntries, bounds: { resumeWindowMs: WINDOW_MS } });
  for (const channel of ['room', 'other', 'room', 'room']) await bus.put(channel);
  bus.clock.advance(1.1 * WINDOW_MS);
  await bus.put('room');
  return bus;
}

describe('without a grant for history', () => {
  it('a client that reconnects in time misses nothing, and receives no gap (W7)', async () => {
    const bus = await scene();
    for (let i = 0; i < 3; i++) await bus.put('room');
    const client = await bus.join([{ id: 1, channels: ['room'], after: 5 }], {
      epoch: 'epoch-1',
      token: 'short',
    });
    expect(client.story).toEqual(['welcome', 'subscribed', '6 room', '7 room', '8 room']);
    bus.clock.advance(0.99 * WINDOW_MS);
    const late = await bus.join([{ id: 1, channels: ['room'], after: 5 }], {
      epoch: 'epoch-1',
      token: 'short',
    });
    expect(late.offsets).toEqual([6, 7, 8]);
  });

  it('a client that reconnects later receives a gap from its position on, and what is recent (W7, C6)', async () => {
    const bus = await scene();
    const client = await bus.join([{ id: 1, channels: ['room'], after: 1 }], {
      epoch: 'epoch-1',
      token: 'short',
    });
    expect(client.control('welcome')).toMatchObject([{ from: 1, resumed: true }]);
    expect(client.control('subscribed')).toEqual([{ id: 1, offset: 1, replaying: false }]);
    expect(client.control('gap')).toEqual([
      { subscriptions: [1], reason: 'retention', epoch: 'epoch-1', from: 2, to: 4, missed: null },
    ]);
    expect(client.offsets).toEqual([5]);
    expect(client.story.indexOf('gap')).toBeLessThan(client.story.indexOf('5 room'));
    expect(bus.hub.reports.gaps.get('retention')).toBe(1);
    await bus.put('room');
    await bus.settle();
    expect(client.offsets).toEqual([5, 6]);
  });

  it('a client that reconnects later and asks for history from a recent position on bypasses nothing (W7)', async () => {
    const bus = await scene();
    const since = { epoch: 'epoch-1', offset: 5 };
    const client = await bus.join([{ id: 1, channels: ['room'], after: 0, replay: { since } }], {
      epoch: 'epoch-1',
      token: 'short',
    });
    await bus.settle();
    expect(client.offsets).toEqual([5]);
    expect(client.control('gap')).toMatchObject([{ subscriptions: [1], from: 1, to: 4 }]);
  });

  it('a client that lost nothing by it receives no gap (W7, G1)', async () => {
    const bus = await scene();
    const client = await bus.join(
      [
        { id: 1, channels: ['other'], after: 3 },
        { id: 2, channels: ['nothing'], after: 3 },
      ],
      { epoch: 'epoch-1', token: 'short' },
    );
    expect(client.control('gap')).toEqual([]);
    expect(client.offsets).toEqual([]);
  });

  it('whose positions differ: the lower one is replayed from the window on, and reported before it is live (W7, C6)', async () => {
    const bus = await scene();
    const client = await bus.join(
      [
        { id: 1, channels: ['room'], after: 1 },
        { id: 2, channels: ['other'], after: 4 },
      ],
      { epoch: 'epoch-1', token: 'some' },
    );
    expect(client.control('welcome')).toMatchObject([{ from: 4 }]);
    // Until its gap is told it resumes from its own position, not from that of the session.
    expect(client.control('subscribed')).toMatchObject([
      { id: 1, offset: 1, replaying: true },
      { id: 2, offset: 4, replaying: false },
    ]);
    expect(client.control('gap')).toMatchObject([{ subscriptions: [1], from: 2, to: 4, missed: null }]);
    expect(client.story.indexOf('gap')).toBeLessThan(client.story.indexOf('live'));
    await bus.put('room');
    await bus.settle();
    expect(client.offsets).toEqual([5, 6]);
  });

  it('a position of another log: everything recent of this one, after both gaps (W7, C7)', async () => {
    const bus = await scene();
    const client = await bus.join([{ id: 1, channels: ['room'], after: 70 }], {
      epoch: 'old',
      token: 'short',
    });
    expect(client.control('subscribed')).toEqual([{ id: 1, offset: 0, replaying: false }]);
    expect(client.control('gap')).toMatchObject([
      { reason: 'restart', from: 71, to: null },
      { reason: 'retention', epoch: 'epoch-1', from: 1, to: 4, missed: null },
    ]);
    expect(client.offsets).toEqual([5]);
  });

  it.each<[string, ReplayRequest, boolean]>([
    ['short', { last: 1 }, false],
    ['short', { sinceMs: 10 }, false],
    ['short', { since: { epoch: 'epoch-1', offset: 3 } }, false],
    ['short', { since: { epoch: 'epoch-1', offset: 4 } }, true],
    ['short', { since: { epoch: 'epoch-1', offset: 99 } }, true],
    ['short', { since: { epoch: 'old', offset: 99 } }, false],
    ['some', { last: 1 }, false],
    ['long', { last: 1 }, true],
    ['long', { sinceMs: 10_000_000 }, true],
    ['long', { since: { epoch: 'epoch-1', offset: 0 } }, true],
    ['long', { since: { epoch: 'old', offset: 99 } }, true],
  ])('"%s" asks for a replay %j: granted %s (W7)', async (token, replay, isGranted) => {
    const bus = await scene();
    const inHello = await bus.join([{ id: 1, channels: ['room'], replay }], { token });
    const later = await bus.join([], { token });
    later.say({ subscribe: { id: 1, channels: ['room'], replay } });
    await bus.settle();
    for (const client of [inHello, later]) {
      expect(client.control('subscribed')).toHaveLength(isGranted ? 1 : 0);
      expect(client.control('refused').map(({ code }) => code)).toEqual(isGranted ? [] : ['forbidden']);
      if (token !== 'long')
        expect(client.offsets).toEqual(
          isGranted && 'since' in replay && replay.since.offset === 4 ? [5] : [],
        );
    }
  });

  it('a receipt counts one that is not given a put any more as having skipped it (W7, P12)', async () => {
    const gate = new TestGate();
    gate.knows('all', 'carl', { subscribe: ALL, put: ALL, history: ALL, confirm: true });
    gate.knows('short', 'dora', { subscribe: ALL });
    const bus = new TestBus({ gate, bounds: { resumeWindowMs: 1_000 } });
    const reader = await bus.join([{ id: 1, channels: ['room'] }], {
      token: 'short',
      acks: true,
      client: 'reader-1',
    });
    reader.link.hasRoom = false;
    const putter = await bus.join([], { token: 'all' });
    putter.say({ put: { id: 1, channels: ['room'], confirm: { timeoutMs: 60_000 } } }, '1');
    await bus.settle();
    reader.conversation.closed();
    bus.clock.advance(2_000);
    const hello = { token: 'short', acks: true, client: 'reader-1', epoch: 'epoch-1' };
    const back = await bus.join([{ id: 1, channels: ['room'], after: 0 }], hello);
    expect(back.control('gap')).toMatchObject([{ reason: 'retention', from: 1, to: 1 }]);
    await bus.settle();
    expect(putter.control('confirmed')).toMatchObject([
      { channels: [{ confirmed: 0, skipped: 1, unanswered: 0 }] },
    ]);
  });

  it('where nobody is asked, everything is given as before', async () => {
    const bus = new TestBus({ bounds: { resumeWindowMs: 1_000 } });
    await bus.put('room');
    bus.clock.advance(60_000);
    const client = await bus.join([{ id: 1, channels: ['room'], after: 0 }], { epoch: 'epoch-1' });
    expect(client.story).toEqual(['welcome', 'subscribed', '1 room']);
  });
});

describe('the resume window', () => {
  it('is as long as asked for, and by a 64th longer at most', () => {
    const clock = new ManualClock();
    let head = 0;
    const window = new ResumeWindow(() => head);
    window.run(clock, 64_000);
    const published: number[] = [];
    for (let second = 0; second < 300; second++) {
      published.push(++head);
      clock.advance(1_000);
      // `second` seconds after the first one.
      const recent = published.filter((_, at) => second - at < 63);
      const old = published.filter((_, at) => second - at > 65);
      expect(window.start).toBeLessThan(recent[0] as number);
      if (old.length > 0) expect(window.start).toBeGreaterThanOrEqual(old.at(-1) as number);
    }
    window.stop();
    expect(clock.pending).toBe(0);
  });

  it('of 0 ms has nothing in it', () => {
    const clock = new ManualClock();
    let head = 5;
    const window = new ResumeWindow(() => head);
    window.run(clock, 0);
    head = 7;
    expect([window.start, clock.pending]).toEqual([7, 0]);
  });
});

describe('a client whose losses are still being looked up', () => {
  it('and whose access is revoked meanwhile never enters: no welcome, no subscription, no place (W7, W12)', async () => {
    const bus = await scene();
    const client = bus.connect();
    client.hello([{ id: 1, channels: ['room'], after: 1 }], { epoch: 'epoch-1', token: 'short' });
    const read = bus.late.read.bind(bus.late);
    let answer: () => void = () => {};
    const isAsked = new Promise<void>((asked) => {
      vi.spyOn(bus.late, 'read').mockImplementation(async (question) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
          asked();
        });
        return read(question);
      });
    });
    await bus.settle();
    await isAsked;
    const revoked = bus.hub.revoke({ subject: 'carl' });
    await bus.settle();
    expect(await revoked).toBe(1);
    answer();
    await bus.settle();
    expect(client.link.closedWith).toBe(CLOSE.revoked.code);
    expect(client.story).toEqual(['error']);
    expect(client.conversation.session).toBeUndefined();
    expect(bus.hub.fanout.cohorts.sessionsMatching('room')).toBe(0);
    expect(bus.hub.clients.has(client.id)).toBe(false);
  });
});
