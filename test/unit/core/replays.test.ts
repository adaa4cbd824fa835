import { describe, expect, it } from 'vitest';
import { coreMeters } from '../../../server/src/core/meters.ts';
import { type FakeClient, TestBus } from '../../support/core.ts';

const ENTRIES = 6_000;

/** A bus whose log takes several steps to be read through. */
async function scene(bounds: { replays?: number; replayEntriesPerS?: number }) {
  const bus = new TestBus({ bounds, tailEntries: 4 });
  for (let i = 0; i < ENTRIES; i++) await bus.put('room');
  return bus;
}

const since = { since: { epoch: 'epoch-1', offset: 0 } };
const asked = (id: number) => ({ id, channels: ['room'], replay: since });

/** Which subscriptions were given history before the first of all was live. */
function begun(client: FakeClient): number[] {
  const frames = client.link.frames.slice(
    0,
    client.link.frames.findIndex((frame) => 'live' in frame),
  );
  const ids = frames.flatMap((frame) => ('replay' in frame ? [frame.replay.subscription] : []));
  return [...new Set(ids)].sort((a, b) => a - b);
}

describe('limits.replays', () => {
  it('a limited number of replays run at a time, the others when these are done; none is refused, and all are given whole (R11)', async () => {
    const bus = await scene({ replays: 2 });
    const client = await bus.join([1, 2, 3, 4, 5].map(asked));
    expect(begun(client)).toEqual([1, 2]);
    expect(client.control('refused')).toEqual([]);
    expect(client.control('live').map(({ subscription }) => subscription)).toEqual([1, 2, 3, 4, 5]);
    expect(client.publications).toHaveLength(5 * ENTRIES);
    expect(bus.hub.replays.scanned).toBe(5 * ENTRIES);
  });

  it('does not hold for clients that reconnect: all their subscriptions catch up together (R11)', async () => {
    const bus = await scene({ replays: 1, replayEntriesPerS: 1_000 });
    const back = Array.from({ length: 5 }, (_, i) => ({ id: i + 1, channels: ['room'], after: i }));
    const client = await bus.join([...back, { id: 6, channels: ['other'], after: ENTRIES }], {
      epoch: 'epoch-1',
    });
    expect(begun(client)).toEqual([1, 2, 3, 4, 5]);
    expect(client.control('live')).toHaveLength(5);
    expect(bus.hub.replays.waiting).toBe(0);
  });
});

describe('limits.replayEntriesPerS', () => {
  it('who waits is shown: for others of its session, and for its pace', async () => {
    const bus = await scene({ replays: 2, replayEntriesPerS: 1_000 });
    const client = await bus.join([1, 2, 3, 4, 5].map(asked));
    const reported = (name: string) => {
      const found = coreMeters(bus.hub).find((meter) => meter.name === name);
      return found?.kind === 'gauge' ? Object.fromEntries(found.read()) : undefined;
    };
    expect(reported('zerospan_replays')).toEqual({ running: 2, waiting: 3 });
    expect(reported('zerospan_replays_paced')).toEqual({ '': 1 });
    client.conversation.closed();
    expect(reported('zerospan_replays')).toEqual({ running: 0, waiting: 0 });
  });

  it('beyond it a replay goes on later, and what is live comes meanwhile; it is given whole (R11)', async () => {
    const bus = await scene({ replayEntriesPerS: 1_000 });
    const client = await bus.join([{ id: 1, channels: ['room'] }]);
    client.say({ subscribe: asked(2) });
    await bus.settle();
    const first = client.publications.length;
    expect(first).toBeGreaterThanOrEqual(1_000);
    expect(first).toBeLessThan(3_500);
    expect(bus.hub.replays.waiting).toBe(1);
    await bus.put('room');
    await bus.settle();
    expect(client.offsets.at(-1)).toBe(ENTRIES + 1);
    // Asked again for room, it does not go on before its time.
    client.room();
    await bus.settle();
    expect(client.publications).toHaveLength(first + 1);
    for (let s = 0; s < 4; s++) {
      bus.clock.advance(1_000);
      await bus.settle();
      expect(client.publications.length).toBeLessThan(first + (s + 1) * 1_000 + 2_100);
    }
    bus.clock.advance(3_000);
    await bus.settle();
    expect(client.control('live')).toMatchObject([{ subscription: 2, offset: ENTRIES + 1 }]);
    expect(client.publications).toHaveLength(2 * (ENTRIES + 1) - ENTRIES);
    expect(client.control('gap')).toEqual([]);
  });

  it('is of each session: another’s replay goes on, and nothing is left of one that has gone', async () => {
    const bus = await scene({ replayEntriesPerS: 1_000 });
    const timers = bus.clock.pending;
    const greedy = await bus.join([asked(1)]);
    const given = greedy.publications.length;
    const other = await bus.join([asked(1)]);
    expect(other.publications.length).toBeGreaterThanOrEqual(1_000);
    expect(bus.hub.replays.waiting).toBe(2);
    greedy.conversation.closed();
    other.conversation.closed();
    expect(bus.hub.replays.waiting).toBe(0);
    expect(bus.clock.pending).toBe(timers);
    bus.clock.advance(10_000);
    await bus.settle();
    expect(greedy.publications).toHaveLength(given);
  });

  it('what was scanned for one that has ended meanwhile counts as well; not for a session that has', async () => {
    const bus = await scene({ replayEntriesPerS: 1_000 });
    const client = await bus.join([]);
    client.say({ subscribe: asked(1) });
    bus.late.isLate = true;
    await bus.turn();
    client.say({ unsubscribe: { id: 1 } });
    bus.late.prompt();
    await bus.settle();
    expect(client.publications).toEqual([]);
    expect(bus.hub.replays.waiting).toBe(1);
    const timers = bus.clock.pending;
    const gone = await bus.join([]);
    gone.say({ subscribe: asked(1) });
    bus.late.isLate = true;
    await bus.turn();
    gone.conversation.closed();
    bus.late.prompt();
    await bus.settle();
    expect(bus.hub.replays.waiting).toBe(1);
    expect(bus.clock.pending).toBe(timers);
  });

  it('charges the dropped offsets that count a loss, and no channel that does not match (R11)', async () => {
    const bus = new TestBus({ bounds: { replays: 8, replayEntriesPerS: 1_000 }, ageMs: 1_000 });
    for (let i = 0; i < 1_500; i++) await bus.put(`room${i}`);
    bus.clock.advance(600_000);
    const client = await bus.join([]);
    const ask = (id: number, prefix: string) =>
      client.say({
        subscribe: { id, prefixes: [prefix], replay: { since: { epoch: 'epoch-1', offset: 0 } } },
      });
    ask(1, 'zz');
    await bus.settle();
    expect([bus.hub.replays.waiting, bus.hub.replays.scanned]).toEqual([0, 1]);
    ask(2, 'room');
    await bus.settle();
    expect(bus.hub.replays.waiting).toBe(1);
  });

  it('0: as fast as it goes', async () => {
    const bus = await scene({ replayEntriesPerS: 0 });
    const client = await bus.join([asked(1)]);
    expect(client.control('live')).toHaveLength(1);
  });
});
