import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoreRecord } from '../../../../server/src/core/log/store.ts';
import { crcOf } from '../../../../server/src/logs/packs/check-sum.ts';
import {
  crcOfPack,
  isWhole,
  PACK_BYTES_MOST,
  PACK_ENTRIES_MOST,
  PACK_HEADER_BYTES,
  PackBuilder,
  type PackHeader,
  readHeader,
  visitRecords,
} from '../../../../server/src/logs/packs/pack.ts';
import { anyPut, anyRecord, fingerprintOf, gap, put } from '../../../support/disk/records.ts';
import { Random } from '../../../support/random.ts';

const POSITION = { first: 8, time: 1_700_000_000_000, before: 7, chain: 0xdeadbeef, syncedUpTo: 5 };

const packOf = (records: readonly StoreRecord[], position = POSITION): Buffer => {
  const builder = new PackBuilder();
  for (const record of records) builder.add(record);
  return builder.close(position);
};

const headerOf = (bytes: Buffer, at = 0): PackHeader => {
  const header = readHeader(bytes, at);
  if (typeof header === 'string') throw new Error(`no header: ${header}`);
  return header;
};

/** Whether anything is wrong with a pack. */
const isBad = (bytes: Buffer): boolean => {
  const header = readHeader(bytes, 0);
  return typeof header === 'string' || !isWhole(bytes, header);
};

const readAll = (pack: Buffer, header: PackHeader) => {
  const records: { record: StoreRecord; offset: number }[] = [];
  const isGood = visitRecords(pack, header, (view, offset) => {
    records.push({ record: view.record(), offset });
  });
  return { records, isGood };
};

const SAMPLE: readonly StoreRecord[] = [
  put(['a', 'ä'], {
    user: 'alice',
    key: { client: 'client-1', id: 7, fingerprint: fingerprintOf('x'), isMobile: true },
  }),
  gap(['b'], 3),
  gap([''], null),
  put(['a'], { republish: false, payload: Buffer.from('{"n":1}') }),
  put(['b', 'a'], { fence: 2 ** 47 - 1 }),
];

/** A put that was read under a claim: it is in no log on disk. */
const fencedPut = fc.tuple(anyPut, fc.maxSafeNat()).map(([record, fence]) => ({ ...record, fence }));

describe('a pack', () => {
  it('has any records that were added, each where it stands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyRecord, fencedPut), { minLength: 1, maxLength: 20 }),
        fc.nat(1_000),
        (records, first) => {
          const pack = packOf(records, { ...POSITION, first: 1_000 + first });
          const { records: read, isGood } = readAll(pack, headerOf(pack));
          let offset = 1_000 + first;
          const expected = records.map((record) => {
            const at = { record, offset };
            offset += record.channels.length;
            return at;
          });
          expect(read).toEqual(expected);
          expect([isGood, isBad(pack)]).toEqual([true, false]);
        },
      ),
    );
  });

  it('says where it stands in the log, also when it lies within others', () => {
    const pack = packOf(SAMPLE);
    const within = Buffer.concat([Buffer.alloc(13), pack, Buffer.alloc(9)]);
    expect(headerOf(within, 13)).toEqual({
      ...POSITION,
      bytes: pack.length,
      crc: crcOf(pack.subarray(12)),
      entries: 7,
    });
    expect(crcOfPack(pack)).toBe(headerOf(pack).crc);
  });

  it('has offsets and times up to the largest number', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const position = { first: most, time: most, before: most - 1, chain: 0, syncedUpTo: most - 1 };
    expect(headerOf(packOf([put(['a'])], position))).toMatchObject(position);
    expect(() => packOf([put(['a', 'b'])], position)).toThrow(RangeError);
  });

  it.each([
    ['an offset that is none', { first: 0, before: 0 }],
    ['offsets that were given before', { first: 7, before: 7 }],
    ['a time that is none', { time: -1 }],
    ['more that is synced than there is', { syncedUpTo: 8 }],
  ])('is not written with %s', (_, wrong) => {
    expect(() => packOf(SAMPLE, { ...POSITION, ...wrong })).toThrow(RangeError);
  });

  it('is not written without records', () => {
    expect(() => packOf([])).toThrow(RangeError);
  });

  it('torn at any byte is found', () => {
    const pack = packOf(SAMPLE);
    for (let length = 0; length < pack.length; length++) {
      expect(isBad(pack.subarray(0, length)), `${length}`).toBe(true);
      const filled = Buffer.concat([pack.subarray(0, length), Buffer.alloc(pack.length - length)]);
      expect(isBad(filled), `zeros from ${length} on`).toBe(!filled.equals(pack));
    }
  });

  it('with a bit that flipped is found, whichever it is', () => {
    const pack = packOf(SAMPLE);
    for (let bit = 0; bit < 8 * pack.length; bit++)
      expect(isBad(flipped(pack, bit)), `bit ${bit}`).toBe(true);
    const random = new Random(15);
    const large = packOf([put(['a'], { payload: Buffer.alloc(100_000, 'x') }), ...SAMPLE]);
    for (let n = 0; n < 1_000; n++) {
      const bit = random.between(0, 8 * large.length - 1);
      expect(isBad(flipped(large, bit)), `bit ${bit}`).toBe(true);
    }
  });

  it('whose sum is right, whatever it has, is read without a throw and within its bytes', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (records, changes) => {
          const pack = Buffer.from(packOf(records));
          const body = pack.length - PACK_HEADER_BYTES;
          for (const [at, value] of changes) pack[PACK_HEADER_BYTES + (at % body)] = value;
          const { isGood, records: read } = readAll(pack, headerOf(pack));
          if (isGood)
            expect(read.flatMap(({ record }) => record.channels)).toHaveLength(headerOf(pack).entries);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('of any bytes is read without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(2_000), fc.nat(500), (bytes, most, entries) => {
        const any = Buffer.from(bytes);
        readHeader(any, 0);
        readHeader(any, most);
        isWhole(any, { bytes: most, crc: 0 });
        const header = { ...POSITION, bytes: most, crc: 0, entries };
        const { isGood } = readAll(any, header);
        if (any.length < most) expect(isGood).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, StoreRecord, (record: Buffer) => Buffer]>([
    ['gap with a payload', gap(['b'], 3), (record) => withMore(record, (more) => more.writeUInt32LE(1, 4))],
    ['gap that is republished', gap(['b'], 3), (record) => changed(record, 0, 1 | 2)],
    ['gap of a user', gap(['b'], 3), (record) => changed(record, 0, 1 | 8)],
    ['mobile key without a key', put(['b']), (record) => changed(record, 0, 8 | 16)],
    ['unknown flag', put(['b']), (record) => changed(record, 0, 8 | 64)],
    ['other byte where a zero belongs', put(['b']), (record) => changed(record, 1, 1)],
    [
      'record without channels',
      put(['b']),
      (record) => Buffer.concat([record, Buffer.from([8, 0, 0, 0, 0, 0, 0, 0])]),
    ],
    ['payload beyond its end', put(['b']), (record) => changed(record, 4, 4)],
    ['name beyond its end', put(['b'], { payload: Buffer.alloc(0) }), (record) => changed(record, 8, 2)],
    [
      'number of a put that is none',
      put(['b'], { key: keyOf({ id: Number.MAX_SAFE_INTEGER }) }),
      (record) => changed(record, record.indexOf('client-1') + 8 + 7, 0xff),
    ],
  ])('has no %s', (_, record, change) => {
    const pack = packOf([record]);
    const bad = Buffer.concat([
      pack.subarray(0, PACK_HEADER_BYTES),
      change(Buffer.from(pack.subarray(PACK_HEADER_BYTES))),
    ]);
    const header = headerOf(pack);
    expect(readAll(pack, header).isGood).toBe(true);
    expect(readAll(bad, { ...header, bytes: bad.length }).isGood).toBe(false);
  });

  it('with flags, or numbers, that cannot be is refused before its bytes are read', () => {
    const field = (at: number, value: number): unknown => {
      const pack = Buffer.from(packOf(SAMPLE));
      pack.writeUInt32LE(value, at);
      return readHeader(pack, 0);
    };
    expect(typeof field(4, PACK_HEADER_BYTES + 10)).toBe('object');
    expect(field(4, PACK_HEADER_BYTES)).toBe('bounds');
    expect(field(4, 64 * 1024 * 1024 + 1)).toBe('bounds');
    expect(field(20, 0xffff_ffff)).toBe('bounds');
    expect(field(28, 0xffff_ffff)).toBe('bounds');
    expect(field(44, 0xffff_ffff)).toBe('bounds');
    expect(field(48, 0)).toBe('bounds');
    expect(field(48, 1_000_000)).toBe('bounds');
    expect(field(52, 1)).toBe('bounds');
    expect(field(0, 0)).toBe('magic');
  });

  it('is visited as far as its reader asks', () => {
    const pack = packOf(SAMPLE);
    const offsets: number[] = [];
    const isGood = visitRecords(pack, headerOf(pack), (_, offset) => offsets.push(offset) < 2);
    expect([isGood, offsets]).toEqual([true, [8, 10]]);
  });

  it('that lacks a record, or has one more than it says, is no good', () => {
    const pack = packOf(SAMPLE);
    const header = headerOf(pack);
    expect(readAll(pack, { ...header, entries: 6 }).isGood).toBe(false);
    const { isGood, records } = readAll(pack, { ...header, entries: 4 });
    // Offsets above would be those of the next pack.
    expect([isGood, records.at(-1)?.offset]).toEqual([false, 11]);
  });
});

describe('a builder of packs', () => {
  it('takes records up to a number of entries, and a number of bytes', () => {
    const builder = new PackBuilder();
    const hundred = put(Array.from({ length: 100 }, (_, i) => `c${i}`));
    while (builder.fits(hundred)) builder.add(hundred);
    expect(builder.entries).toBe(4_000);
    expect([builder.isFull, builder.fits(put(['a']))]).toEqual([false, true]);
    while (builder.entries < PACK_ENTRIES_MOST) builder.add(put(['a']));
    expect([builder.isFull, builder.fits(put(['a']))]).toEqual([true, false]);
    const bytes = new PackBuilder();
    const large = put(['a'], { payload: Buffer.alloc(300_000) });
    while (bytes.fits(large)) bytes.add(large);
    expect([bytes.entries, bytes.bytes <= PACK_BYTES_MOST]).toEqual([3, true]);
  });

  it('takes one put that is larger, alone', () => {
    const builder = new PackBuilder();
    const payload = Buffer.alloc(2 * PACK_BYTES_MOST, 'y');
    const large = put(['a'], { payload });
    expect(builder.fits(large)).toBe(true);
    builder.add(large);
    expect([builder.isFull, builder.fits(put(['a']))]).toEqual([true, false]);
    const pack = builder.close(POSITION);
    const [only] = readAll(pack, headerOf(pack)).records;
    expect(only?.record.kind === 'put' && only.record.payload).toSatisfy((read) =>
      payload.equals(read as Buffer),
    );
    builder.add(put(['a']));
    expect(builder.fits(large)).toBe(false);
  });

  it('is used again, and says how much it has', () => {
    const builder = new PackBuilder();
    for (const records of [SAMPLE, SAMPLE.slice(1), SAMPLE.slice(0, 1)]) {
      for (const record of records) builder.add(record);
      const { bytes, entries } = builder;
      const pack = builder.close(POSITION);
      expect([pack.length, headerOf(pack).entries]).toEqual([bytes, entries]);
      expect(readAll(pack, headerOf(pack)).records.map(({ record }) => record)).toEqual(records);
      expect([builder.entries, builder.bytes]).toEqual([0, PACK_HEADER_BYTES]);
    }
  });

  it.each([
    ['no channels', put([]), /1 to 65535 channels/],
    ['too many channels', put(new Array(65_536).fill('a')), /1 to 65535 channels/],
    ['a name of more than 255 bytes', put(['a', 'ä'.repeat(128)]), /channel name of 256 bytes/],
    ['a name with half a letter', put(['a\ud800']), /lone surrogate/],
    ['a user with half a letter', put(['a'], { user: '\udc00' }), /lone surrogate/],
    ['a user that is too long', put(['a'], { user: 'x'.repeat(65_536) }), /user of 65536 bytes/],
    [
      'a client that is too long',
      put(['a'], { key: keyOf({ client: 'x'.repeat(65_536) }) }),
      /client id of 65536/,
    ],
    ['an id that is no whole number', put(['a'], { key: keyOf({ id: 1.5 }) }), /id 1.5/],
    ['a fence that is no whole number', put(['a'], { fence: 0.5 }), /fence of 0.5/],
    ['an id below 0', put(['a'], { key: keyOf({ id: -1 }) }), /id -1/],
    ['a fingerprint that is none', put(['a'], { key: keyOf({ fingerprint: 'x' }) }), /"x" is not a SHA-1/],
    [
      'one that would be read as another',
      put(['a'], { key: keyOf({ fingerprint: `${'A'.repeat(26)}B=` }) }),
      /SHA-1/,
    ],
    ['a gap of less than nothing', gap(['a'], -1), /gap of -1/],
    ['a gap of half a publication', gap(['a'], 0.5), /gap of 0.5/],
    [
      'more bytes than any pack',
      put(['a'], { payload: new Uint8Array(64 * 1024 * 1024) }),
      /more than 67108864/,
    ],
  ])('refuses %s, and nothing of it is in the pack', (_, record, message) => {
    const builder = new PackBuilder();
    builder.add(put(['before']));
    const { bytes } = builder;
    expect(() => builder.add(record)).toThrow(RangeError);
    expect(() => builder.add(record)).toThrow(message);
    expect([builder.entries, builder.bytes]).toEqual([1, bytes]);
    builder.add(put(['behind']));
    const pack = builder.close(POSITION);
    const names = readAll(pack, headerOf(pack)).records.flatMap((each) => each.record.channels);
    expect(names).toEqual(['before', 'behind']);
  });
});

function keyOf(more: object) {
  return { client: 'client-1', id: 1, fingerprint: fingerprintOf('x'), isMobile: false, ...more };
}

function changed(record: Buffer, at: number, value: number): Buffer {
  record[at] = value;
  return record;
}

function withMore(record: Buffer, change: (record: Buffer) => void): Buffer {
  const more = Buffer.concat([record, Buffer.from('x')]);
  change(more);
  return more;
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  (copy[bit >> 3] as number) ^= 1 << (bit & 7);
  return copy;
}
