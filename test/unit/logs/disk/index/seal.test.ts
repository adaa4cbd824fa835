import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RestoredPut, StoreRecord } from '../../../../../server/src/core/log/store.ts';
import {
  readTrailer,
  TRAILER_BYTES,
  type Trailer,
} from '../../../../../server/src/logs/disk/format/trailer.ts';
import { type FooterIndex, readFooter } from '../../../../../server/src/logs/disk/index/footer.ts';
import { GrowingIndex } from '../../../../../server/src/logs/disk/index/growing-index.ts';
import { hashOf } from '../../../../../server/src/logs/disk/index/name-hash.ts';
import type { PutKeyRows } from '../../../../../server/src/logs/disk/index/put-key-rows.ts';
import { readPutKeys } from '../../../../../server/src/logs/disk/index/put-key-section.ts';
import { keptKeys, sealOf, withoutPacks } from '../../../../../server/src/logs/disk/index/seal.ts';
import type { SegmentIndex } from '../../../../../server/src/logs/disk/index/segment-index.ts';
import { crcOf } from '../../../../../server/src/logs/packs/check-sum.ts';
import { anyRecord, channelName, fingerprintOf, gap, put } from '../../../../support/disk/records.ts';
import { atOnce, fileOf, type PackMade, sealed, segmentOf } from '../../../../support/disk/segments.ts';
import { Random } from '../../../../support/random.ts';

const anyPacks: fc.Arbitrary<PackMade[]> = fc
  .array(
    fc.record({
      records: fc.array(anyRecord, { minLength: 1, maxLength: 6 }),
      time: fc.nat(1_000),
      jump: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, { arbitrary: fc.nat(100_000), weight: 1 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((packs) => packs.sort((a, b) => a.time - b.time));

interface Expected {
  readonly publications: number[];
  readonly gaps: { offset: number; stands: number | null }[];
}

/** What a segment has, counted one by one. */
function expectedOf(packs: readonly PackMade[], before: number) {
  const channels = new Map<string, Expected>();
  const puts: RestoredPut[] = [];
  const times = new Map<number, number>();
  let last = before;
  for (const { records, time, jump = 0 } of packs) {
    last += jump;
    for (const record of records) {
      if (record.kind === 'put' && record.key)
        puts.push({
          offset: last + 1,
          time,
          key: record.key,
          user: record.user,
          channels: record.channels.length,
        });
      for (const name of record.channels) {
        const channel = channels.get(name) ?? { publications: [], gaps: [] };
        channels.set(name, channel);
        const offset = ++last;
        times.set(offset, time);
        if (record.kind === 'put') channel.publications.push(offset);
        else channel.gaps.push({ offset, stands: record.missed });
      }
    }
  }
  return { channels, puts, times, last };
}

const contentOf = (index: SegmentIndex, prefix?: string): Map<string, Expected> =>
  new Map(
    [...index.all(prefix)].map((channel) => [
      channel.name,
      {
        publications: Array.from({ length: channel.count }, (_, i) => channel.offsetAt(i)),
        gaps: [...channel.gaps],
      },
    ]),
  );

interface SealedRead {
  readonly index: FooterIndex;
  readonly keys: PutKeyRows;
  readonly trailer: Trailer;
}

/** A sealed segment, read as its bytes lie in the file; a text: what is wrong. */
function readSealed(file: Buffer): SealedRead | string {
  const trailer = readTrailer(file.subarray(-TRAILER_BYTES), file.length);
  if (typeof trailer === 'string') return `trailer: ${trailer}`;
  const { footerAt, footerBytes, keysBytes } = trailer;
  const index = atOnce(readFooter(file.subarray(footerAt, footerAt + footerBytes), trailer));
  if (typeof index === 'string') return `footer: ${index}`;
  const keys = atOnce(readPutKeys(file.subarray(footerAt - keysBytes, footerAt), trailer, index.packs));
  return typeof keys === 'string' ? `keys: ${keys}` : { index, keys, trailer };
}

function wholeOf(file: Buffer): SealedRead {
  const read = readSealed(file);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

const SAMPLE: readonly PackMade[] = [
  {
    time: 1_000,
    records: [
      put(['a', 'b'], { key: keyOf(1) }),
      put(['ab'], { user: 'alice', key: keyOf(2) }),
      gap(['a', 'only-gaps'], null),
    ],
  },
  { time: 2_000, jump: 10, records: [put(['a']), gap([''], 4), put(['b'], { key: keyOf(3) })] },
];

describe('the index of a segment', () => {
  it('knows all that was written, while it grows and when it is read from its footer', () => {
    fc.assert(
      fc.property(anyPacks, fc.constantFrom(0, 1_000_000_007, 2 ** 40), fc.nat(), (packs, before, seed) => {
        const { channels, puts, times, last } = expectedOf(packs, before);
        const segment = segmentOf(packs, { before });
        const { index, keys, trailer } = wholeOf(fileOf(segment, sealed(segment, seed)));
        expect(trailer).toMatchObject({
          last,
          entries: times.size,
          packs: packs.length,
          chain: segment.chain,
        });
        for (const each of [segment.index, index]) {
          expect(each.before).toBe(before);
          expect(each.channels).toBe(channels.size);
          expect(contentOf(each)).toEqual(channels);
          for (const [offset, time] of times) {
            const pack = each.packs.at(each.packs.find(offset));
            expect([pack.time, offset >= pack.first, offset < pack.first + pack.entries]).toEqual([
              time,
              true,
              true,
            ]);
          }
          expect(each.packs.find(last + 1)).toBe(packs.length);
        }
        for (const each of [segment.index.keys, keys]) {
          expect([...each.all()]).toEqual(puts);
          for (const [i] of puts.entries()) expect([...each.from(i).all()]).toEqual(puts.slice(i));
        }
      }),
    );
  });

  it('finds a channel by its name, no other one, and those whose names begin alike', () => {
    fc.assert(
      fc.property(anyPacks, fc.array(channelName), fc.nat(), (packs, others, seed) => {
        const { channels } = expectedOf(packs, 0);
        const segment = segmentOf(packs);
        const { index } = wholeOf(fileOf(segment, sealed(segment, seed)));
        for (const each of [segment.index, index]) {
          for (const name of [...channels.keys(), ...others]) {
            const found = each.channel(name);
            expect(found?.name).toBe(channels.has(name) ? name : undefined);
            expect(found?.count).toBe(channels.get(name)?.publications.length);
          }
          for (const prefix of ['', 'a', 'bä', ...others]) {
            const expected = [...channels].filter(([name]) => name.startsWith(prefix));
            expect(contentOf(each, prefix)).toEqual(new Map(expected));
          }
        }
      }),
    );
  });

  it('finds the first publication of a channel above an offset, and the pack of an offset or a time', () => {
    fc.assert(
      fc.property(anyPacks, fc.nat(500), fc.nat(1_001), (packs, offset, time) => {
        const { channels } = expectedOf(packs, 0);
        const segment = segmentOf(packs);
        const { index } = wholeOf(fileOf(segment, sealed(segment)));
        for (const each of [segment.index, index]) {
          for (const [name, { publications }] of channels) {
            const above = publications.findIndex((at) => at > offset);
            expect(each.channel(name)?.firstAbove(offset)).toBe(above < 0 ? publications.length : above);
          }
          const places = Array.from({ length: each.packs.count }, (_, i) => each.packs.at(i));
          const found = places.findIndex(({ first, entries }) => first + entries > offset);
          expect(each.packs.find(offset)).toBe(found < 0 ? places.length : found);
          const since = places.findIndex((place) => place.time >= time);
          expect(each.packs.findTime(time)).toBe(since < 0 ? places.length : since);
        }
      }),
    );
  });

  it('finds names that all meet in one bucket', () => {
    const seed = 1234;
    const names: string[] = [];
    for (let n = 0; names.length < 300; n++) {
      const name = Buffer.from(`n${n}`);
      if ((hashOf(name, 0, name.length, seed) & 255) === 17) names.push(`n${n}`);
    }
    const segment = segmentOf([{ time: 1, records: names.map((name) => put([name])) }]);
    const { index } = wholeOf(fileOf(segment, sealed(segment, seed)));
    expect(names.map((name) => index.channel(name)?.offsetAt(0))).toEqual(names.map((_, i) => i + 1));
    expect(index.channel('n')).toBeUndefined();
  });

  it('leaves out the keys of puts that are not remembered any more, and who put them', () => {
    const old = put(['a'], { user: 'old', key: { ...keyOf(1), client: 'client-old' } });
    const segment = segmentOf([
      { time: 1_000, records: [old] },
      { time: 1_001, records: [put(['a'], { user: 'new', key: keyOf(2) })] },
    ]);
    const file = fileOf(segment, sealed(segment, 7, { keysAfter: 1_000 }));
    expect([...wholeOf(file).keys.all()].map(({ user, key }) => [user, key.id])).toEqual([['new', 2]]);
    const { keys } = sealed(segment, 7, { keysAfter: 1_000 });
    expect(keys.includes('client-old')).toBe(false);
    expect(sealed(segment, 7, { keysAfter: 1_001 }).keys).toHaveLength(0);
  });

  it('has the keys of the newest puts alone where there are more, and says which ones it lacks', () => {
    const times = [1_000, 1_000, 1_001, 1_002];
    const segment = segmentOf(times.map((time, i) => ({ time, records: [put(['a'], { key: keyOf(i) })] })));
    const kept = [
      { keysMost: 4, ids: [0, 1, 2, 3], leftOutUpTo: 0 },
      { keysMost: 3, ids: [1, 2, 3], leftOutUpTo: 1_000 },
      { keysMost: 1, ids: [3], leftOutUpTo: 1_001 },
    ];
    for (const { keysMost, ids, leftOutUpTo } of kept) {
      const { keys } = wholeOf(fileOf(segment, sealed(segment, 7, { keysMost })));
      expect([[...keys.all()].map(({ key }) => key.id), keys.leftOutUpTo]).toEqual([ids, leftOutUpTo]);
    }
    const { keys } = wholeOf(fileOf(segment, sealed(segment, 7, { keysAfter: 1_001, keysMost: 2 })));
    expect([keys.count, keys.leftOutUpTo]).toEqual([1, 1_001]);
    expect(sealed(segment, 7, { keysMost: 0 }).keys).toHaveLength(0);
  });

  it('keeps as many keys as puts can be remembered, for as long', () => {
    expect(keptKeys({ weight: 1_001, ageMs: 5_000 }, 12_000)).toEqual({ keysAfter: 7_000, keysMost: 500 });
    expect(keptKeys({ weight: 2, ageMs: 5_000 }, 4_000)).toEqual({ keysAfter: 0, keysMost: 1 });
  });

  it('says how large its footer would be', () => {
    fc.assert(
      fc.property(anyPacks, (packs) => {
        const segment = segmentOf(packs);
        const { footer, keys } = sealed(segment);
        const { footerBytes, channels } = segment.index;
        const owners = footer.length + keys.length - footerBytes;
        // Who put comes on top of it, and where the buckets begin.
        expect(owners).toBeGreaterThanOrEqual(0);
        expect(owners).toBeLessThanOrEqual(4 * (channels + 1) + 12 + 24 + keys.length);
      }),
    );
  });

  it.each([
    ['a pack below the segment', { at: 96, bytes: 80, first: 5, time: 1, entries: 1 }],
    ['a pack that begins before it', { at: 96, bytes: 80, first: 4, time: 1, entries: 2 }],
    ['a pack too far above', { at: 96, bytes: 80, first: 6 + 2 ** 32, time: 1, entries: 1 }],
    ['a pack that ends too far above', { at: 96, bytes: 80, first: 5 + 0xffff_ffff, time: 1, entries: 1 }],
    ['more entries than its records have', { at: 96, bytes: 80, first: 6, time: 1, entries: 2 }],
  ])('refuses %s', (_, place) => {
    const index = new GrowingIndex(5);
    expect(() => index.add(place, [put(['a'])])).toThrow(RangeError);
    expect([index.packs.count, index.channels]).toEqual([0, 0]);
  });
});

describe('the seal of a segment', () => {
  const segment = segmentOf(SAMPLE);
  const file = fileOf(segment, sealed(segment));

  it('is not made of nothing', () => {
    const index = new GrowingIndex(0);
    expect(() => atOnce(sealOf(index, { at: 96, chain: 0, seed: 1, keysAfter: 0, keysMost: 1 }))).toThrow(
      RangeError,
    );
  });

  it('torn at any byte is found', () => {
    for (let length = segment.bytes; length < file.length; length++) {
      expect(typeof readSealed(file.subarray(0, length)), `${length}`).toBe('string');
      const filled = Buffer.concat([file.subarray(0, length), Buffer.alloc(file.length - length)]);
      if (!filled.equals(file)) expect(typeof readSealed(filled), `zeros from ${length} on`).toBe('string');
    }
  });

  it('with a bit that flipped is found, whichever it is', () => {
    for (let bit = 8 * segment.bytes; bit < 8 * file.length; bit++)
      expect(typeof readSealed(flipped(file, bit)), `bit ${bit}`).toBe('string');
    const random = new Random(15);
    const names = Array.from({ length: 2_000 }, (_, i) => `channel-${i}`);
    const large = segmentOf([{ time: 5, records: names.map((name, i) => put([name], { key: keyOf(i) })) }]);
    const largeFile = fileOf(large, sealed(large));
    for (let n = 0; n < 1_000; n++) {
      const bit = random.between(8 * large.bytes, 8 * largeFile.length - 1);
      expect(typeof readSealed(flipped(largeFile, bit)), `bit ${bit}`).toBe('string');
    }
  });

  it('whose sums are right, whatever it has, is read without a throw and within its bytes', () => {
    const { keys, footer, trailer: end } = sealed(segment);
    const trailer = readTrailer(end, segment.bytes + keys.length + footer.length + end.length) as Trailer;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 255))), {
          minLength: 1,
          maxLength: 12,
        }),
        (changes) => {
          const [wrongFooter, wrongKeys] = [Buffer.from(footer), Buffer.from(keys)];
          for (const [at, value] of changes) {
            wrongFooter[at % footer.length] = value;
            wrongKeys[at % keys.length] = value;
          }
          const index = atOnce(readFooter(wrongFooter, { ...trailer, footerCrc: crcOf(wrongFooter) }));
          if (typeof index === 'string') return;
          for (const { count } of index.all()) {
            expect(count).toBeGreaterThanOrEqual(0);
            expect(count).toBeLessThanOrEqual(segment.index.entries);
          }
          contentOf(index);
          for (const name of ['a', 'ab', 'b', '', 'only-gaps', 'none']) index.channel(name)?.firstAbove(3);
          for (let i = 0; i < index.packs.count; i++) index.packs.at(i);
          const read = atOnce(readPutKeys(wrongKeys, { keysCrc: crcOf(wrongKeys) }, index.packs));
          if (typeof read !== 'string') expect([...read.all()].length).toBe(read.count);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('of any bytes is read without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), (bytes, fileBytes) => {
        const any = Buffer.from(bytes);
        expect(typeof readTrailer(any, fileBytes)).toBe('string');
        const index = atOnce(readFooter(any, { footerCrc: crcOf(any), packs: 1 }));
        expect(typeof index).toBe('string');
        atOnce(readPutKeys(any, { keysCrc: crcOf(any) }, segment.index.packs));
      }),
    );
  });

  it('may be kept without the packs and keys: their channels and offsets are known', () => {
    const { footer, trailer } = sealed(segment);
    const kept = withoutPacks(segment.header, footer, readTrailer(trailer, file.length) as Trailer);
    const { index, keys, trailer: end } = wholeOf(kept);
    expect(contentOf(index)).toEqual(contentOf(segment.index));
    expect([keys.count, end.footerAt, end.last]).toEqual([0, 96, segment.last]);
  });

  it('is made and read in small pieces, however many channels and entries there are', () => {
    const index = new GrowingIndex(0);
    let first = 1;
    for (let pack = 0; pack < 100; pack++) {
      const records: StoreRecord[] = Array.from({ length: 4_000 }, (_, i) =>
        put([i < 500 ? `channel-${pack}-${i}` : 'busy'], { key: i % 10 === 0 ? keyOf(i) : undefined }),
      );
      index.add({ at: 96 + first, bytes: 1, first, time: pack, entries: records.length }, records);
      first += records.length;
    }
    const pieces = (work: Iterator<unknown, unknown>): number => {
      let count = 1;
      while (!work.next().done) count++;
      return count;
    };
    const options = { at: 1_000_000, chain: 1, seed: 1, keysAfter: -1, keysMost: 1_000_000 };
    const made = pieces(sealOf(index, options));
    // 50,000 names are read, 400,000 offsets are written, 40,000 keys are copied, 4 MB are summed.
    expect(made).toBeGreaterThan(50_000 / 1_024 + 400_000 / 8_192 + 2 * (40_000 / 4_096) + 8);
    const { footer } = atOnce(sealOf(index, options));
    expect(pieces(readFooter(footer, { footerCrc: crcOf(footer), packs: 100 }))).toBeGreaterThan(
      footer.length / 262_144,
    );
  });
});

function keyOf(id: number) {
  return { client: `client-${id % 2}`, id, fingerprint: fingerprintOf(`${id}`), isMobile: id % 2 === 1 };
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  (copy[bit >> 3] as number) ^= 1 << (bit & 7);
  return copy;
}
