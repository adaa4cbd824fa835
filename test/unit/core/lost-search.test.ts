import { describe, expect, it, vi } from 'vitest';
import type { Chunk } from '../../../server/src/core/log/log.ts';
import { LostSearch } from '../../../server/src/core/session/behind/lost-search.ts';
import { STEP } from '../../../server/src/core/session/behind/step.ts';
import { Subscription } from '../../../server/src/core/session/subscription.ts';
import { TestBus } from '../../support/core.ts';
import { ALL, TestGate } from '../../support/grants.ts';

const ENTRIES = 5_000;

function sessions(...names: string[]) {
  const filterOf = (name: string) =>
    name.endsWith('*') ? { channels: [], prefixes: [name.slice(0, -1)] } : { channels: [name], prefixes: [] };
  return names.map((name, i) => new Subscription({ id: i + 1, filter: filterOf(name) }, 0));
}

async function whole(search: LostSearch, bus: TestBus): Promise<number> {
  let steps = 0;
  for (; !search.isDone; steps++) await search.step(bus.log);
  return steps;
}

async function scene(options: ConstructorParameters<typeof TestBus>[0] = {}) {
  const bus = new TestBus(options);
  await bus.put('early');
  for (let i = 0; i < ENTRIES; i++) await bus.put(`room${i % 10}`);
  await bus.put('late');
  return bus;
}

describe('who loses something if offsets are skipped', () => {
  it('is found in one pass for all subscriptions, in small steps', async () => {
    const bus = await scene();
    const read = vi.spyOn(bus.log, 'read');
    const search = new LostSearch(sessions('early', 'room7', 'late', 'room*', 'quiet'), 0, ENTRIES, ENTRIES);
    const steps = await whole(search, bus);
    const found = search.lost.map(({ id }) => id).sort((a, b) => a - b);
    expect(found).toEqual([1, 2, 4]);
    for (const lost of search.lost) expect(lost).toMatchObject({ from: 1, to: ENTRIES, missed: null });
    for (const [{ interests, scan }] of read.mock.calls)
      expect(interests.length * scan).toBeLessThan(2.1 * STEP.scan);
    // Two wants are left after the first step, which go through all entries together.
    expect(steps).toBeLessThan(6);
    expect(search.scanned).toBeLessThan(2.5 * ENTRIES);
  });

  it('is also found where the log has dropped it, and by no more than each matches above its own offset', async () => {
    const bus = await scene({ ageMs: 1_000 });
    bus.clock.advance(1_001);
    const interests = sessions('early', 'room7', 'quiet');
    const [early] = interests;
    if (early) early.after = 1;
    const search = new LostSearch(interests, 0, ENTRIES, ENTRIES);
    await whole(search, bus);
    expect(search.lost).toEqual([{ id: 2, from: 1, to: ENTRIES, missed: null }]);
  });

  it('is not what the log has dropped above that place alone', async () => {
    const bus = await scene({ ageMs: 1_000 });
    bus.clock.advance(1_001);
    const search = new LostSearch(sessions('late', 'room7', 'room*'), 0, ENTRIES, ENTRIES);
    await whole(search, bus);
    expect(search.lost.map(({ id }) => id)).toEqual([2, 3]);
    const last = new LostSearch(sessions('late'), 0, ENTRIES + 2, ENTRIES);
    await whole(last, bus);
    expect(last.lost).toHaveLength(1);
  });

  it('is nobody of whom all lies above, though the log does not know how many that were', async () => {
    const bus = await scene({ ageMs: 1_000 });
    bus.log.appendGap({ channels: ['late'], missed: null });
    bus.clock.advance(1_001);
    const search = new LostSearch(sessions('late', 'room7'), 0, ENTRIES, ENTRIES);
    await whole(search, bus);
    expect(search.lost.map(({ id }) => id)).toEqual([2]);
  });

  it('may be everybody of whom the log does not know where the losses begin', async () => {
    const bus = await scene();
    const read = bus.log.read.bind(bus.log);
    vi.spyOn(bus.log, 'read').mockImplementation((asked) => ({
      ...(read(asked) as Chunk<(typeof asked.interests)[number]>),
      losses: asked.interests.map((interest) => ({ interest, first: null, to: 2 * ENTRIES, missed: 1 })),
    }));
    const search = new LostSearch(sessions('late', 'quiet'), 0, ENTRIES, ENTRIES);
    await whole(search, bus);
    expect(search.lost.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('is not looked for where that would take too many looks: then it may be all of them', async () => {
    const bus = await scene();
    const read = vi.spyOn(bus.log, 'read');
    const interests = sessions(...Array.from({ length: 41 }, () => 'quiet'));
    expect(new LostSearch(interests, 0, ENTRIES, ENTRIES).lost).toHaveLength(41);
    expect(new LostSearch(interests.slice(0, 1), 0, ENTRIES, ENTRIES, ENTRIES - 1).lost).toHaveLength(1);
    expect(new LostSearch(interests.slice(0, 1), 0, ENTRIES, ENTRIES).lost).toEqual([]);
    expect(read).not.toHaveBeenCalled();
  });
});

describe('a client that comes back from before the resume window', () => {
  const WINDOW_MS = 120_000;

  async function back(bounds: { replayEntriesPerS?: number } = {}) {
    const gate = new TestGate();
    for (const user of ['carl', 'dora']) gate.knows(user, user, { subscribe: ALL });
    const bus = await scene({ gate, bounds: { resumeWindowMs: WINDOW_MS, ...bounds } });
    bus.clock.advance(1.1 * WINDOW_MS);
    const hello = async (token: string) => {
      const client = await bus.join([{ id: 1, channels: ['quiet'], after: 1 }], { epoch: 'epoch-1', token });
      expect(client.control('welcome')).toHaveLength(1);
      return client;
    };
    return { bus, hello };
  }

  it('is searched for in steps of catching up, and nothing more once it has gone', async () => {
    const { bus } = await back();
    const read = vi.spyOn(bus.log, 'read');
    const client = bus.connect();
    client.hello([{ id: 1, channels: Array.from({ length: 65 }, (_, i) => `quiet${i}`), after: 1 }], {
      epoch: 'epoch-1',
      token: 'carl',
    });
    await bus.turn();
    expect(bus.hub.catchUp.waiting).toBe(1);
    client.conversation.closed();
    await bus.settle();
    expect(read.mock.calls.length).toBeLessThan(3);
  });

  it('pays for the scans with its user, and receives a gap without any when none are left (R11, W7)', async () => {
    const { bus, hello } = await back({ replayEntriesPerS: 2.5 * ENTRIES });
    const many = Array.from({ length: 65 }, (_, i) => `quiet${i}`);
    const gaps = async (token: string) => {
      const client = await bus.join([{ id: 1, channels: many, after: 1 }], { epoch: 'epoch-1', token });
      return client.control('gap').length;
    };
    expect(await gaps('carl')).toBe(0);
    expect(bus.hub.replays.scanned).toBeGreaterThanOrEqual(ENTRIES);
    expect(await gaps('carl')).toBe(0);
    const before = bus.hub.replays.scanned;
    expect(await gaps('carl')).toBe(1);
    expect(bus.hub.replays.scanned).toBe(before);
    expect(await gaps('dora')).toBe(0);
    bus.clock.advance(1_000);
    expect(await gaps('carl')).toBe(0);
    expect((await hello('carl')).control('gap')).toEqual([]);
  });

  it('and asks for history begins with what the session before had too much (R11)', async () => {
    const gate = new TestGate();
    gate.knows('carl', 'carl', { subscribe: ALL, history: ALL });
    const bus = await scene({ gate, bounds: { replayEntriesPerS: 1_000 } });
    const since = { since: { epoch: 'epoch-1', offset: 0 } };
    const ask = () => bus.join([{ id: 1, prefixes: [''], replay: since }], { token: 'carl' });
    const first = await ask();
    expect(bus.hub.replays.waiting).toBe(1);
    first.conversation.closed();
    bus.clock.advance(1_000);
    const second = await ask();
    // The first had 2,000 of 1,000 a second; so the second, with a step of its own, waits for two seconds more.
    bus.clock.advance(1_000);
    await bus.settle();
    expect(bus.hub.replays.waiting).toBe(1);
    expect(second.publications.length).toBe(first.publications.length);
  });
});
