import { describe, expect, it, vi } from 'vitest';
import type { Chunk, Interest } from '../../../server/src/core/log/log.ts';
import { SHARED_READS } from '../../../server/src/core/session/behind/shared-reads.ts';
import { webSocketEncoding } from '../../../server/src/web/socket/encoding.ts';
import type { FakeClient } from '../../support/core.ts';
import { TestBus } from '../../support/core.ts';

const room = { id: 1, channels: ['room'] };

/** A crowd on one channel whose links are full while so many are put. */
async function crowdBehind(bus: TestBus, puts: number, size = 3): Promise<FakeClient[]> {
  const crowd = await Promise.all(Array.from({ length: size }, () => bus.join([room])));
  for (const { link } of crowd) link.hasRoom = false;
  for (let i = 0; i < puts; i++) await bus.put('room');
  await bus.settle();
  return crowd;
}

async function roomFor(bus: TestBus, clients: readonly FakeClient[]): Promise<void> {
  for (const client of clients) client.room();
  await bus.settle();
}

/** The longest write that a client got. */
function longest({ link: { buffers } }: FakeClient): Buffer | undefined {
  return buffers.toSorted((a, b) => b.length - a.length)[0];
}

describe('sessions that are behind at the same place', () => {
  it('are written one and the same buffer, read from the log once (C9)', async () => {
    const bus = new TestBus({ tailEntries: 1 });
    const crowd = await crowdBehind(bus, 20);
    const read = vi.spyOn(bus.log, 'read');
    await roomFor(bus, crowd);
    expect(read).toHaveBeenCalledTimes(1);
    expect(new Set(crowd.map(longest)).size).toBe(1);
    for (const { offsets } of crowd) expect(offsets).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('are written it from the tail as well', async () => {
    const bus = new TestBus({ tailEntries: 64 });
    const crowd = await crowdBehind(bus, 20);
    const read = vi.spyOn(bus.log, 'read');
    await roomFor(bus, crowd);
    expect(read).not.toHaveBeenCalled();
    expect(new Set(crowd.map(longest)).size).toBe(1);
  });

  it('come together though they stumbled one after another (C9)', async () => {
    const ENTRIES = 12_288;
    const bus = new TestBus({ tailEntries: 1 });
    const crowd = await Promise.all(Array.from({ length: 5 }, () => bus.join([room])));
    for (const { link } of crowd) {
      link.hasRoom = false;
      for (let i = 0; i < 7; i++) await bus.put('room');
      await bus.settle();
    }
    for (let i = bus.log.head; i < ENTRIES; i++) await bus.put('room');
    await bus.settle();
    const read = vi.spyOn(bus.log, 'read');
    await roomFor(bus, crowd);
    const all = Array.from({ length: ENTRIES }, (_, i) => i + 1);
    for (const { offsets } of crowd) expect(offsets).toEqual(all);
    // Each reads alone up to the first place where they meet; from there on what one reads serves all.
    const after = read.mock.calls.map(([{ after: from }]) => from);
    const together = after.filter((from) => from >= ENTRIES / 3);
    expect(together.length).toBeGreaterThan(2);
    expect(together.length).toBeLessThan(2 * crowd.length);
  });

  it('are given what has come since it was put together', async () => {
    const bus = new TestBus({ tailEntries: 64 });
    const [first, second] = (await crowdBehind(bus, 3, 2)) as [FakeClient, FakeClient];
    await roomFor(bus, [first]);
    for (let i = 0; i < 2; i++) await bus.put('room');
    await bus.settle();
    await roomFor(bus, [second]);
    expect(second.offsets).toEqual([1, 2, 3, 4, 5]);
    expect(first.offsets).toEqual([1, 2, 3, 4, 5]);
  });

  it('each receive their own gap where something was lost, and go on together', async () => {
    const bus = new TestBus({ tailEntries: 1, logBytes: 4_000 });
    const crowd = await crowdBehind(bus, 40);
    await roomFor(bus, crowd);
    for (const client of crowd) {
      expect(client.control('gap')).toMatchObject([{ subscriptions: [1], reason: 'lag', from: 1 }]);
      expect(client.offsets.at(-1)).toBe(40);
    }
  });

  it('are not given for one another what only some of them match', async () => {
    const bus = new TestBus({ tailEntries: 64 });
    const wide = await bus.join([{ id: 1, prefixes: [''] }]);
    const narrow = await bus.join([room]);
    for (const { link } of [wide, narrow]) link.hasRoom = false;
    await bus.put('room');
    await bus.put('other');
    await bus.settle();
    await roomFor(bus, [wide, narrow]);
    expect(wide.offsets).toEqual([1, 2]);
    expect(narrow.offsets).toEqual([1]);
  });
});

describe('shared reads', () => {
  it('are kept for a limited number of places, and the oldest is read again', async () => {
    const bus = new TestBus({ tailEntries: 1 });
    for (let i = 0; i < SHARED_READS + 10; i++) await bus.put('room');
    const filters = { channels: ['room'], prefixes: [] };
    const read = vi.spyOn(bus.log, 'read');
    /** How often the log is read for a place. */
    const nobody = { user: '', step: () => false };
    const readsFor = async (after: number): Promise<number> => {
      const before = read.mock.calls.length;
      void bus.hub.sharedReads.above(webSocketEncoding, filters, after, {
        who: nobody,
        isFit: () => true,
        use: () => {},
      });
      return read.mock.calls.length - before;
    };
    for (let after = 0; after <= SHARED_READS; after++) expect(await readsFor(after)).toBe(1);
    expect([await readsFor(SHARED_READS), await readsFor(1)]).toEqual([0, 0]);
    expect(await readsFor(0)).toBe(1);
  });

  it('that are under way are not counted among those kept, and each is asked for once', async () => {
    const bus = new TestBus({ isLate: true, tailEntries: 1 });
    bus.late.saysSo = true;
    const places = SHARED_READS + 10;
    for (let i = 0; i <= places; i++) await bus.put('room');
    const filters = { channels: ['room'], prefixes: [] };
    const called: number[] = [];
    const above = (after: number) => {
      const who = { user: '', step: () => called.push(after) < 0 };
      return bus.hub.sharedReads.above(webSocketEncoding, filters, after, {
        who,
        isFit: () => true,
        use: () => {},
      });
    };
    const asked: unknown[] = [];
    for (let after = 0; after < places; after++) asked.push(above(after));
    expect(asked.every((answer) => answer instanceof Promise)).toBe(true);
    for (let after = 0; after < places; after++) expect(above(after)).toBe('waits');
    bus.late.isLate = false;
    bus.late.prompt();
    await bus.settle();
    bus.late.prompt();
    await Promise.all(asked);
    await bus.settle();
    expect(called).toHaveLength(places);
  });

  it('answered by the log before are of no use to those who ask the one that took its place', async () => {
    const bus = new TestBus({ isLate: true, tailEntries: 1 });
    bus.late.isLate = false;
    for (let i = 0; i < 5; i++) await bus.put('room');
    const filters = { channels: ['room'], prefixes: [] };
    const read = vi.spyOn(bus.late, 'read');
    const used: string[] = [];
    const above = (name: string) => {
      let answer: (chunk: Chunk<Interest>) => void = () => {};
      const later = new Promise<Chunk<Interest>>((resolve) => {
        answer = resolve;
      });
      read.mockImplementationOnce((() => later) as typeof bus.late.read);
      const asked = bus.hub.sharedReads.above(webSocketEncoding, filters, 0, {
        who: { user: '', step: () => false },
        isFit: () => true,
        use: ({ upTo }) => void used.push(`${name} up to ${upTo}`),
      });
      const answered = async (upTo: number): Promise<void> => {
        answer({ entries: [], upTo, scanned: 0, searched: 0, losses: [], skips: [] });
        await asked;
      };
      return { asked, answered };
    };
    const before = above('before');
    bus.hub.sharedReads.clear();
    const after = above('after');
    await before.answered(1);
    expect(above('joins').asked).toBe('waits');
    expect(used).toEqual([]);
    await after.answered(3);
    expect(used).toEqual(['after up to 3']);
  });
});
