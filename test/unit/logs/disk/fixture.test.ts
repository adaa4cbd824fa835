import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../server/src/core/log/store.ts';
import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from '../../../../server/src/logs/disk/format/segment-header.ts';
import { readTrailer, type Trailer } from '../../../../server/src/logs/disk/format/trailer.ts';
import { type FooterIndex, readFooter } from '../../../../server/src/logs/disk/index/footer.ts';
import type { PutKeyRows } from '../../../../server/src/logs/disk/index/put-key-rows.ts';
import { readPutKeys } from '../../../../server/src/logs/disk/index/put-key-section.ts';
import {
  isWhole,
  type PackHeader,
  readHeader,
  visitRecords,
} from '../../../../server/src/logs/packs/pack.ts';
import { FIXTURE, FIXTURE_PACKS, fixtureFiles } from '../../../support/disk/fixture.ts';
import { atOnce, EPOCH } from '../../../support/disk/segments.ts';

const read = (name: string): Buffer => readFileSync(new URL(name, FIXTURE));

/** What is read of a part; fails where it is a fault. */
const good = <T>(part: T | string): T => {
  expect(typeof part, String(part)).not.toBe('string');
  return part as T;
};

/** The packs from a place on, each checked, and its records. */
function packsIn(file: Buffer, end: number, start = SEGMENT_HEADER_BYTES) {
  const packs: { header: PackHeader; records: StoreRecord[] }[] = [];
  for (let at = start; at < end; ) {
    const header = good<PackHeader>(readHeader(file, at));
    const pack = file.subarray(at, at + header.bytes);
    expect(isWhole(pack, header)).toBe(true);
    const records: StoreRecord[] = [];
    expect(visitRecords(pack, header, (record) => records.push(record.record()))).toBe(true);
    packs.push({ header, records });
    at += header.bytes;
  }
  return packs;
}

describe('files that version 1 of the format wrote', () => {
  const sealed = read('segment-0000000000000003.log');
  const newest = read('segment-0000000000000009.log');

  it('have all their records, in their places', () => {
    const trailer = good<Trailer>(readTrailer(sealed, sealed.length));
    const packs = [
      ...packsIn(sealed, trailer.footerAt - trailer.keysBytes),
      ...packsIn(newest, newest.length),
    ];
    expect(packs.map(({ records }) => records)).toEqual(
      FIXTURE_PACKS.slice(1)
        .flat()
        .map(({ records }) => records),
    );
    const places = packs.map(({ header: { first, before, time, entries } }) => [
      first,
      before,
      entries,
      time % 1e6,
    ]);
    expect(places).toEqual([
      [3, 2, 4, 201_000],
      [7, 6, 2, 201_005],
      [9, 8, 1, 260_000],
      [101, 9, 1, 290_000],
    ]);
    for (const [i, { header }] of packs.entries())
      if (i > 0) expect(header.chain).toBe(packs[i - 1]?.header.crc);
    expect(packs.at(-1)?.header.syncedUpTo).toBe(100);
  });

  it('say where they stand in their log', () => {
    const header = good<SegmentHeader>(readSegmentHeader(newest));
    const trailer = good<Trailer>(readTrailer(sealed, sealed.length));
    expect(header).toEqual({ epoch: EPOCH, before: 8, created: 1_764_547_260_000, chain: trailer.chain });
    const { before, chain } = good<SegmentHeader>(readSegmentHeader(sealed));
    expect([before, chain]).toEqual([2, chainOfDropped()]);
    expect(readTrailer(newest, newest.length)).toBe('magic');
  });

  it.each([
    [
      'segment-0000000000000003.log',
      { '': [[], [8]], votes: [[3, 6], [5]], 'räume.1': [[4, 7], []] },
      [7, 8],
    ],
    ['dropped-0000000000000001.index', { votes: [[1, 2], []] }, []],
  ])('%s says which offsets its channels have, and which puts it knows', (name, expected, ids) => {
    const file = read(name);
    const trailer = good<Trailer>(readTrailer(file, file.length));
    const { footerAt, footerBytes, keysBytes } = trailer;
    const index = good<FooterIndex>(
      atOnce(readFooter(file.subarray(footerAt, footerAt + footerBytes), trailer)),
    );
    const found = [...index.all()].map(({ name: channel, count, gaps }) => [
      channel,
      [
        Array.from({ length: count }, (_, i) => index.channel(channel)?.offsetAt(i)),
        gaps.map(({ offset }) => offset),
      ],
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
    const keys = good<PutKeyRows>(
      atOnce(readPutKeys(file.subarray(footerAt - keysBytes, footerAt), trailer, index.packs)),
    );
    expect(
      [...keys.all()].map(({ key, user, offset, time }) => [key.id, key.isMobile, user, offset, time]),
    ).toEqual(
      ids.map((id) => [
        id,
        id === 8,
        'alice',
        id === 7 ? 3 : 7,
        id === 7 ? 1_764_547_201_000 : 1_764_547_201_005,
      ]),
    );
  });

  /** Of the dropped segment, whose packs are gone: its trailer has it. */
  function chainOfDropped(): number {
    const file = read('dropped-0000000000000001.index');
    return good<Trailer>(readTrailer(file, file.length)).chain;
  }
});

describe('this version', () => {
  it('writes the same bytes', () => {
    for (const [name, bytes] of fixtureFiles())
      expect(bytes.toString('hex'), name).toBe(read(name).toString('hex'));
    const names = readdirSync(FIXTURE).filter((name) => /^(?:segment|dropped)-/.test(name));
    expect(names).toEqual([...fixtureFiles().keys()]);
  });
});
