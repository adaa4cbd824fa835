import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEntry } from '../../../../../server/src/core/log/store.ts';
import type { SealedSegment } from '../../../../../server/src/logs/disk/segments/sealed-segment.ts';
import { HandLog, putOf } from '../../../../support/disk/hand-log.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

const offsets = (entries: readonly StoredEntry[]): number[] => entries.map(({ offset }) => offset);
const EVERYTHING = { channels: [], prefixes: ['', '$'] };

/** Three segments of three packs of three publications. */
async function written(disk: SimulatedDisk): Promise<HandLog> {
  const log = await HandLog.open({ files: disk.start().files, cacheBytes: 0 });
  for (let i = 1; i <= 27; i++) {
    await log.add(putOf([i % 2 === 0 ? 'even' : 'odd'], `"${i}"`));
    if (i % 9 === 0) await log.endSegment();
    else if (i % 3 === 0) await log.endPack();
  }
  return log;
}

describe('a damaged pack', () => {
  it('is missing with exact bounds, wherever a bit is flipped; nothing else is, and nothing wrong is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10_000),
        fc.nat(2),
        fc.constantFrom('forwards' as const, 'backwards' as const),
        fc.constantFrom(['odd'], ['even', 'odd'], []),
        async (seed, number, order, channels) => {
          const disk = new SimulatedDisk({ seed });
          const log = await written(disk);
          const segment = log.segments.view.segments[number];
          if (!segment) throw new Error('There are fewer segments.');
          const { packs } = await segment.index();
          const { at } = disk.flipIn(segment.name);
          const places = Array.from({ length: packs.count }, (_, i) => packs.at(i));
          const hit = places.find((place) => at >= place.at && at < place.at + place.bytes);
          const filter = channels.length === 0 ? EVERYTHING : { channels, prefixes: [] };
          const isDue = (offset: number): boolean => channels.length !== 1 || offset % 2 === 1;
          const isHit = (offset: number): boolean =>
            hit !== undefined && offset >= hit.first && offset < hit.first + 3;
          const all = Array.from({ length: 27 }, (_, i) => i + 1).filter(isDue);
          if (order === 'backwards') all.reverse();
          for (let time = 0; time < 2; time++) {
            const entries = await log.scanAll({ order, filter, entries: 4, upTo: 27 });
            expect(offsets(entries)).toEqual(all.filter((offset) => !isHit(offset)));
            for (const { offset, payload } of entries)
              expect(Buffer.from(payload).toString()).toBe(`"${offset}"`);
          }
          const hole = hit && { from: hit.first, to: hit.first + 2 };
          expect(log.bad).toEqual(hole ? [hole] : []);
          const { dropped } = await log.scan({ dropped: [0, 1, 2, 26].map((from) => ({ filter, from })) });
          expect(dropped).toEqual(
            [0, 1, 2, 26].map((from) =>
              hole && from < hole.to
                ? { first: Math.max(hole.from, from + 1), to: hole.to, missed: null }
                : undefined,
            ),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that the disk cannot read takes no other with it', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const log = await written(disk);
    await log.segments.view.segments[1]?.index();
    disk.faults.fail({ operation: 'read', name: /^segment-0+10\.log$/ }, 'EIO', 2);
    expect(offsets(await log.scanAll({ upTo: 27 }))).toEqual([...range(1, 9), ...range(13, 27)]);
    expect(log.bad).toEqual([{ from: 10, to: 12 }]);
  });

  it('is not what a file is that cannot be opened just now: the scan fails, and the next one answers all', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const log = await written(disk);
    disk.faults.fail({ operation: 'read' }, 'EMFILE', 1);
    await expect(log.scan()).rejects.toMatchObject({ code: 'EMFILE' });
    expect(offsets(await log.scanAll({ upTo: 27 }))).toEqual(range(1, 27));
    expect(log.bad).toEqual([]);
  });

  it('is missing as exactly where the footer of its segment is damaged as well', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const log = await written(disk);
    const { name, footer } = log.segments.view.segments[1] as SealedSegment;
    const { packs } = await (log.segments.view.segments[1] as SealedSegment).index();
    disk.volume.inodeOf(name).flip(footer.footerAt + 50, 3);
    disk.volume.inodeOf(name).flip(packs.at(2).at + 60, 3);
    const again = await HandLog.open({ files: disk.start().files });
    expect(offsets(await again.scanAll({ upTo: 27 }))).toEqual([...range(1, 15), ...range(19, 27)]);
    expect(again.bad).toEqual([{ from: 16, to: 18 }]);
    const { dropped } = await again.scan({ after: 15, dropped: [{ filter: EVERYTHING, from: 15 }] });
    expect(dropped).toEqual([{ first: 16, to: 18, missed: null }]);
  });

  it('takes its segment with it where nothing of that can be read; the scan goes on behind it', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    await written(disk);
    const again = await HandLog.open({ files: disk.start().files });
    disk.faults.fail({ operation: 'read', name: /^segment-0+10\.log$/ }, 'EIO');
    expect(offsets(await again.scanAll({ upTo: 27 }))).toEqual([...range(1, 9), ...range(19, 27)]);
    expect(again.bad).toEqual([{ from: 10, to: 18 }]);
  });

  it('is said in the very answer that lacks it', async () => {
    const disk = new SimulatedDisk({ seed: 1 });
    const log = await written(disk);
    await log.segments.view.segments[0]?.index();
    disk.faults.fail({ operation: 'read', name: /^segment-0+1\.log$/ }, 'EIO', 2);
    const { dropped } = await log.scan({ dropped: [{ filter: EVERYTHING, from: 0 }] });
    expect(dropped).toEqual([{ first: 1, to: 3, missed: null }]);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
