import { describe, expect, it } from 'vitest';
import { readTrailer, type Trailer } from '../../../../../server/src/logs/disk/format/trailer.ts';
import type { KeptKeys } from '../../../../../server/src/logs/disk/index/put-key-section.ts';
import { restorePuts } from '../../../../../server/src/logs/disk/opening/put-keys.ts';
import { fingerprintOf, put } from '../../../../support/disk/records.ts';
import { atOnce, fileOf, type SegmentMade, sealed, segmentOf } from '../../../../support/disk/segments.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';

const NOW = 100_000;

/** Sealed segments of one put at each of these times, each put with its time as its id. */
async function restored(
  segments: readonly { readonly times: readonly number[]; readonly kept?: Partial<KeptKeys> }[],
  bounds: { readonly weight?: number; readonly ageMs?: number } = {},
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
  const slicer = { run: async <T>(work: Iterator<unknown, T>): Promise<T> => atOnce(work) };
  const remembered = { weight: 1_000, ageMs: 50_000, ...bounds };
  const { puts, forgottenUpTo } = await restorePuts(
    { sealed: files, tail: undefined },
    remembered,
    NOW,
    disk.start().files,
    slicer,
  );
  return { ids: puts.map(({ key }) => key.id), forgottenUpTo };
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
});
