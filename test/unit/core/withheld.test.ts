import { describe, expect, it } from 'vitest';
import { type FakeClient, TestBus } from '../../support/core.ts';
import { ALL, set, TestGate } from '../../support/grants.ts';

const WINDOW_MS = 120_000;
const OLD = 3_000;

/** Three thousand old publications on `room`, a window that has passed, and two recent ones. */
async function scene() {
  const gate = new TestGate();
  gate.knows('long', 'carl', { subscribe: ALL, history: ALL });
  gate.knows('short', 'carl', { subscribe: ALL });
  gate.knows('other', 'carl', { subscribe: ALL, history: set('other') });
  const bus = new TestBus({ gate, tailEntries: 2, bounds: { resumeWindowMs: WINDOW_MS } });
  for (let i = 0; i < OLD; i++) await bus.put('room');
  bus.clock.advance(1.1 * WINDOW_MS);
  await bus.put('room');
  await bus.put('room');
  const client = await bus.join([], { token: 'long' });
  return { bus, client };
}

/** A replay of `room` that stands still after its first step. */
async function midway(bus: TestBus, client: FakeClient, replay: object): Promise<number> {
  client.link.fullAfter = 1;
  client.say({ subscribe: { id: 1, channels: ['room'], replay } });
  await bus.settle();
  expect(client.control('live')).toEqual([]);
  return client.offsets.at(-1) ?? 0;
}

const gapAfter = (offset: number) => ({
  subscriptions: [1],
  reason: 'retention',
  epoch: 'epoch-1',
  from: offset + 1,
  to: OLD,
  missed: null,
});

describe('a replay of history, after `auth` with grants that do not open it any more', () => {
  it.each([
    ['since', { since: { epoch: 'epoch-1', offset: 0 } }],
    ['last', { last: 100_000 }],
    ['sinceMs', { sinceMs: 10 * WINDOW_MS }],
  ])(
    'by %s gives no more from before the window: a gap, what is recent, and live (W8)',
    async (_, replay) => {
      const { bus, client } = await scene();
      const given = await midway(bus, client, replay);
      expect(given).toBeGreaterThan(0);
      expect(given).toBeLessThan(OLD);
      client.say({ auth: { token: 'short' } });
      await bus.settle();
      client.room();
      await bus.settle();
      expect(client.control('gap')).toEqual([gapAfter(given)]);
      expect(client.offsets.slice(-2)).toEqual([OLD + 1, OLD + 2]);
      expect(client.offsets.at(-3)).toBe(given);
      expect(client.control('live')).toEqual([{ subscription: 1, offset: OLD + 2 }]);
      await bus.put('room');
      await bus.settle();
      expect(client.offsets.at(-1)).toBe(OLD + 3);
    },
  );

  it('goes on where they still open it, and where they never did (W8)', async () => {
    const { bus, client } = await scene();
    await midway(bus, client, { since: { epoch: 'epoch-1', offset: 0 } });
    client.say({ auth: { token: 'long' } });
    await bus.settle();
    client.room();
    await bus.settle();
    expect(client.control('gap')).toEqual([]);
    expect(client.offsets).toHaveLength(OLD + 2);
    // Asked for within the window, it needed no grant. That it takes longer than the window is no reason to end it.
    const recent = await bus.join([], { token: 'short' });
    recent.link.hasRoom = false;
    recent.say({
      subscribe: { id: 1, channels: ['room'], replay: { since: { epoch: 'epoch-1', offset: OLD } } },
    });
    await bus.settle();
    bus.clock.advance(1.1 * WINDOW_MS);
    recent.say({ auth: { token: 'other' } });
    await bus.settle();
    recent.room();
    await bus.settle();
    expect(recent.offsets).toEqual([OLD + 1, OLD + 2]);
  });

  it('reports no gap to one that loses nothing (G1)', async () => {
    const { bus, client } = await scene();
    client.link.hasRoom = false;
    client.say({ subscribe: { id: 1, channels: ['quiet'], replay: { last: 5 } } });
    client.say({ auth: { token: 'short' } });
    await bus.settle();
    client.room();
    await bus.settle();
    expect(client.control('gap')).toEqual([]);
    expect(client.control('live')).toMatchObject([{ subscription: 1 }]);
  });

  it('uses no answer of the log that was asked for before (W8)', async () => {
    const { bus, client } = await scene();
    client.say({ subscribe: { id: 1, channels: ['room'], replay: { last: 100_000 } } });
    bus.late.isLate = true;
    await bus.turn();
    client.conversation.renewed({
      mayHaveHistory: () => false,
      checkSubscribe: () => {},
      identity: {},
    } as never);
    bus.late.prompt();
    await bus.settle();
    expect(client.control('gap')).toEqual([gapAfter(0)]);
    expect(client.offsets).toEqual([OLD + 1, OLD + 2]);
  });
});

describe('a session that came back into history, after such an `auth`', () => {
  it('gives those of its subscriptions nothing more from before the window, and the others all (W8)', async () => {
    const { bus } = await scene();
    const client = bus.connect();
    client.link.hasRoom = false;
    const back = ['room', 'other', 'quiet'].map((name, i) => ({ id: i + 1, channels: [name], after: 1 }));
    client.hello(back, { epoch: 'epoch-1', token: 'long' });
    await bus.settle();
    client.say({ auth: { token: 'other' } });
    await bus.settle();
    await bus.put('other');
    client.room();
    await bus.settle();
    expect(client.control('gap')).toEqual([gapAfter(1)]);
    expect(client.offsets).toEqual([OLD + 1, OLD + 2, OLD + 3]);
    expect(client.story.indexOf('gap')).toBeLessThan(client.story.indexOf(`${OLD + 1} room`));
  });

  it('gives nothing of it either where a subscription comes back below the others (W8, C6)', async () => {
    const { bus } = await scene();
    const client = bus.connect();
    client.link.hasRoom = false;
    const back = [
      { id: 1, channels: ['room'], after: 1 },
      { id: 2, channels: ['quiet'], after: OLD + 2 },
    ];
    client.hello(back, { epoch: 'epoch-1', token: 'long' });
    await bus.settle();
    client.say({ auth: { token: 'short' } });
    await bus.settle();
    client.room();
    await bus.settle();
    expect(client.control('gap')).toEqual([gapAfter(1)]);
    expect(client.offsets).toEqual([OLD + 1, OLD + 2]);
  });

  it('keeps what a slow reader has yet to be given: that is no history (W8, C9)', async () => {
    const { bus, client } = await scene();
    client.say({ subscribe: { id: 1, channels: ['room'] } });
    await bus.settle();
    client.link.hasRoom = false;
    for (let i = 0; i < 5; i++) await bus.put('room');
    await bus.settle();
    bus.clock.advance(1.1 * WINDOW_MS);
    client.say({ auth: { token: 'short' } });
    await bus.settle();
    client.room();
    await bus.settle();
    expect(client.control('gap')).toEqual([]);
    expect(client.offsets).toEqual([1, 2, 3, 4, 5].map((n) => OLD + 2 + n));
  });
});
