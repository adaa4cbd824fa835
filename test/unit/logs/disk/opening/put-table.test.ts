import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingIndex } from '../../../../../server/src/logs/disk/index/growing-index.ts';
import { readPutKeys } from '../../../../../server/src/logs/disk/index/put-key-section.ts';
import { KeyHash } from '../../../../../server/src/logs/disk/opening/key-hash.ts';
import { PutTable } from '../../../../../server/src/logs/disk/opening/put-table.ts';
import { crcOf } from '../../../../../server/src/logs/packs/check-sum.ts';
import { fingerprintOf, put } from '../../../../support/disk/records.ts';
import { atOnce, sealed, segmentOf } from '../../../../support/disk/segments.ts';
import { ListedPuts } from '../../../../support/listed-puts.ts';

const ids = fc.oneof(
  fc.nat(3),
  fc.constantFrom(2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);
const clients = fc.oneof(
  fc.constantFrom('a', 'b', 'ab', 'ä', '', 'a\0'),
  fc.string({ unit: 'grapheme', maxLength: 9 }),
);

const anyPuts = fc.array(
  fc.record({ client: clients, id: ids, user: fc.constantFrom('alice', 'bob'), isMobile: fc.boolean() }),
  { maxLength: 40 },
);

interface AnyPut {
  readonly client: string;
  readonly id: number;
  readonly user: string;
  readonly isMobile: boolean;
}

/** The rows of segments, the last of which is still written to; two puts have one time. */
function partsOf(segments: readonly (readonly AnyPut[])[]) {
  let before = 0;
  let time = 1_000;
  return segments
    .filter((puts) => puts.length > 0)
    .map((puts, i, { length }) => {
      const records = puts.map(({ client, id, user, isMobile }) =>
        put(id % 2 === 0 ? ['x'] : ['x', 'y'], {
          user,
          key: { client, id, fingerprint: fingerprintOf(`${time}`), isMobile },
        }),
      );
      const made = segmentOf(
        records.map((record, n) => ({ time: n % 2 === 0 ? ++time : time, records: [record] })),
        { before },
      );
      before = made.last;
      if (i === length - 1) return made.index.keys;
      const { keys } = sealed(made);
      const read = atOnce(readPutKeys(keys, { keysCrc: crcOf(keys) }, made.index.packs));
      if (typeof read === 'string') throw new Error(read);
      return read;
    });
}

describe('the table of restored puts', () => {
  it('finds the newest under each key, and no other, as a list of them does', () => {
    fc.assert(
      fc.property(
        fc.array(anyPuts, { maxLength: 4 }),
        anyPuts,
        fc.tuple(fc.integer(), fc.integer()),
        fc.nat(200),
        (segments, others, seed, since) => {
          const parts = partsOf(segments);
          const list = new ListedPuts(parts.flatMap((keys) => [...keys.all()]));
          const table = atOnce(PutTable.of(parts, new KeyHash(seed)));
          expect([...table]).toEqual([...list]);
          expect(table.newest).toBe(list.newest);
          for (const { client, id } of [...segments.flat(), ...others])
            expect(table.putOf(client, id)).toEqual(list.putOf(client, id));
          const isCounted = (time: number): boolean => time >= 1_000 + since;
          expect(table.count(isCounted)).toBe(list.count(isCounted));
          expect(table.count(isCounted)).toBe([...list].filter(({ time }) => isCounted(time)).length);
        },
      ),
    );
  });

  it('finds none where there are none', () => {
    for (const parts of [[], [new GrowingIndex(3).keys]]) {
      const table = atOnce(PutTable.of(parts));
      expect([table.putOf('a', 1), table.newest, table.count(() => true), [...table]]).toEqual([
        undefined,
        0,
        0,
        [],
      ]);
    }
  });

  it('keeps what it has while the segment that is written to gets more', () => {
    const [keys] = partsOf([[{ client: 'a', id: 1, user: 'alice', isMobile: false }]]);
    if (!keys) throw new Error('no rows');
    const table = atOnce(PutTable.of([keys.from(0)]));
    const before = [...table];
    const key = { client: 'a', id: 2, fingerprint: fingerprintOf('x'), isMobile: false };
    for (let i = 0; i < 1_000; i++) keys.add(10 + i, { ...key, id: i }, 0, 1);
    expect([...table]).toEqual(before);
    expect([table.putOf('a', 1), table.putOf('a', 2)]).toEqual([before[0], undefined]);
  });

  it('does not take a text that is none in UTF-8 for another one', () => {
    const parts = partsOf([[{ client: '\ufffd', id: 1, user: 'alice', isMobile: false }]]);
    const table = atOnce(PutTable.of(parts));
    expect([table.putOf('\ufffd', 1)?.offset, table.putOf('\ud800', 1)]).toEqual([1, undefined]);
  });

  it('is made in pieces', () => {
    const puts = Array.from({ length: 10_000 }, (_, id) => ({
      client: 'a',
      id,
      user: 'alice',
      isMobile: false,
    }));
    const work = PutTable.of(partsOf([puts]));
    let pieces = 1;
    while (!work.next().done) pieces++;
    expect(pieces).toBeGreaterThan(4);
  });
});

describe('the hash of put keys', () => {
  it('is HalfSipHash-1-3 of a client, in words of four bytes', () => {
    const [hash, other] = [new KeyHash([1, 2]), new KeyHash([1, 3])];
    const bytes = Buffer.from('client-1');
    expect(hash.ofClient(bytes)).toBe(hash.ofClient(Buffer.from(bytes)));
    expect(hash.ofClient(bytes)).not.toBe(other.ofClient(bytes));
    expect(hash.ofClient(Buffer.from('a'))).not.toBe(hash.ofClient(Buffer.from('a\0')));
  });

  it.each([
    ['one after another', (i: number) => i],
    ['that differ in their upper halves alone', (i: number) => i * 2 ** 32],
    ['that are far apart', (i: number) => i * 2 ** 20],
  ])('spreads ids %s', (_, idOf) => {
    const hash = new KeyHash([5, 6]);
    const client = hash.ofClient(Buffer.from('client-1'));
    const taken = new Uint8Array(4_096);
    for (let i = 0; i < 4_096; i++) taken[hash.ofPut(client, idOf(i)) & 4_095] = 1;
    // 63.2 % where each falls anywhere.
    const share = taken.reduce((sum, one) => sum + one, 0) / 4_096;
    expect(share).toBeGreaterThan(0.58);
    expect(share).toBeLessThan(0.69);
  });
});
