import { describe, expect, it } from 'vitest';
import { readTrailer, type Trailer } from '../../../../../server/src/logs/disk/format/trailer.ts';
import { GrowingIndex } from '../../../../../server/src/logs/disk/index/growing-index.ts';
import type { KeptKeys } from '../../../../../server/src/logs/disk/index/put-key-section.ts';
import { restorePuts } from '../../../../../server/src/logs/disk/opening/put-keys.ts';
import { fingerprintOf, put } from '../../../../support/disk/records.ts';
import { atOnce, fileOf, type SegmentMade, sealed, segmentOf } from '../../../../support/disk/segments.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

const NOW = 100_000;

const slicer = { run: async <T>(work: Iterator<unknown, T>): Promise<T> => atOnce(work) };

/** Sealed segments of one put at each of these times, each put with its time as its id; the oldest may be gone. */
async function restored(
  segments: readonly { readonly times: readonly number[]; readonly kept?: Partial<KeptKeys> }[],
  bounds: { readonly weight?: number; readonly ageMs?: number } = {},
  { dropped = 0, begins = 0 } = {},
) {
  const disk = new SimulatedDisk({ seed: 1 });
  let before: SegmentMade | undefined;
  const files = segments.map(({ times, kept }, i) => {
    const key = (id: number) => ({
      client: 'client-1',
      id,
      fingerprint: fingerprintOf('x'),
      isMobile: false,
    });
    const packs = times.map((time) => ({ time, records: [put(['a'], { key: key(time) })] }));
    const made = segmentOf(packs, { before: before?.last ?? 0, chain: before?.chain ?? 0 });
    before = made;
    const bytes = fileOf(made, sealed(made, 7, kept));
    const name = `segment-${i}`;
    disk.volume.put(name, bytes);
    const trailer = readTrailer(bytes, bytes.length) as Trailer;
    return { name, before: made.index.before, trailer, bytes: bytes.length };
  });
  const remembered = { weight: 1_000, ageMs: 50_000, ...bounds };
  const { puts, forgottenUpTo } = await restorePuts(
    { sealed: files.slice(dropped), tail: undefined },
    { remembered, nowMs: NOW, begins, files: disk.start().files, slicer },
  );
  return { ids: [...puts].map(({ key }) => key.id), forgottenUpTo };
}

/** One segment that is written on and has nothing yet. */
async function restoredOf(before: number, created: number | undefined) {
  const index = new GrowingIndex(before);
  const scanned = {
    index,
    missing: [],
    end: 0,
    tail: 'whole',
    last: before,
    chain: 0,
    syncedUpTo: 0,
  } as const;
  const { files } = new SimulatedDisk({ seed: 1 }).start();
  const remembered = { weight: 1_000, ageMs: 50_000 };
  const { puts, forgottenUpTo } = await restorePuts(
    { sealed: [], tail: { name: 'tail', before, created, scanned } },
    { remembered, nowMs: NOW, begins: 0, files, slicer },
  );
  return { puts: [...puts], forgottenUpTo };
}

describe('the puts that a start remembers', () => {
  it('are those of all segments, the oldest first, and nothing is forgotten', async () => {
    const segments = [{ times: [60_000, 60_001] }, { times: [70_000] }];
    expect(await restored(segments)).toEqual({ ids: [60_000, 60_001, 70_000], forgottenUpTo: 0 });
  });

  it('end where the bound is, of weight or of age', async () => {
    const segments = [{ times: [40_000, 60_000] }, { times: [70_000, 80_000] }];
    // A put on one channel weighs two.
    expect(await restored(segments, { weight: 5 })).toEqual({ ids: [70_000, 80_000], forgottenUpTo: 60_000 });
    expect(await restored(segments)).toEqual({ ids: [60_000, 70_000, 80_000], forgottenUpTo: 40_000 });
    expect(await restored(segments, { ageMs: 35_000 })).toEqual({
      ids: [70_000, 80_000],
      forgottenUpTo: 60_000,
    });
  });

  it('lack those that a footer left out: these count as forgotten, though older ones are known', async () => {
    const segments = [{ times: [60_000] }, { times: [70_000, 80_000, 90_000], kept: { keysMost: 1 } }];
    expect(await restored(segments)).toEqual({ ids: [60_000, 90_000], forgottenUpTo: 80_000 });
  });

  it('lack those of another epoch, which are not forgotten either', async () => {
    const segments = [{ times: [60_000, 70_000] }, { times: [80_000] }];
    expect(await restored(segments, {}, { begins: 1 })).toEqual({ ids: [70_000, 80_000], forgottenUpTo: 0 });
    expect(await restored(segments, {}, { begins: 3 })).toEqual({ ids: [], forgottenUpTo: 0 });
  });

  it('may have been more where a segment was dropped: whatever comes again of before counts as forgotten', async () => {
    const segments = [{ times: [60_000, 60_001] }, { times: [70_000, 80_000] }, { times: [90_000] }];
    expect(await restored(segments, {}, { dropped: 1 })).toEqual({
      ids: [70_000, 80_000, 90_000],
      forgottenUpTo: 70_000,
    });
    expect(await restored(segments, { ageMs: 15_000 }, { dropped: 1 })).toEqual({
      ids: [90_000],
      forgottenUpTo: 80_000,
    });
  });

  it('are none where all was dropped: then it counts when the segment was begun that is left', async () => {
    expect(await restoredOf(7, 65_000)).toEqual({ puts: [], forgottenUpTo: 65_000 });
    expect(await restoredOf(7, undefined)).toEqual({ puts: [], forgottenUpTo: NOW });
    expect(await restoredOf(0, 65_000)).toEqual({ puts: [], forgottenUpTo: 0 });
  });
});
