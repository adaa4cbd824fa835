import { fc, test } from '@fast-check/vitest';
import { encodeControl } from '@zerospan/shared';
import { describe, expect, it } from 'vitest';
import { Slabs } from '../../../server/src/core/log/hot/slabs.ts';
import {
  HEADROOM_BYTES,
  type Placed,
  placeGap,
  placePublication,
} from '../../../server/src/core/log/text.ts';

const SLAB_BYTES = 64 * 1024;

const textAt = ({ memory, at, textBytes }: Placed): Buffer => memory.subarray(at, at + textBytes);

/** Numbers of every length. */
const upTo = (min: number, max: number) =>
  fc.oneof(
    fc.integer({ min, max }),
    fc.integer({ min, max: 1_000 }),
    fc
      .integer({ min: 0, max: Math.floor(Math.log10(max)) })
      .chain((digits) => fc.constantFrom(10 ** digits, 10 ** digits - 1))
      .map((n) => Math.min(Math.max(n, min), max)),
    fc.constantFrom(min, max),
  );
const offset = upTo(1, Number.MAX_SAFE_INTEGER);
const time = upTo(0, 2 ** 45);
const channel = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 120 }),
    fc.string({
      unit: fc.constantFrom('a', '~', '\x7f', '\x80', 'ü', '€', '😀'),
      minLength: 1,
      maxLength: 60,
    }),
  )
  .map((name) => name.replaceAll(/\s/gu, '_'));
const payload = fc.oneof(
  fc.constantFrom(0, 1, 125, 126, 65_535, 65_536).map((length) => Buffer.alloc(length, 0x78)),
  fc.uint8Array({ maxLength: 300 }),
);

interface Given {
  readonly offset: number;
  readonly time: number;
  readonly channel: string;
  readonly payload: Uint8Array;
}
const publication = fc.record({ offset, time, channel, payload });

const nativeOf = (given: Given): Buffer => Buffer.concat([Buffer.from(`${given.channel} `), given.payload]);
const textOf = (given: Given): Buffer =>
  Buffer.concat([Buffer.from(`${given.offset} ${given.time} `), nativeOf(given)]);
const place = (slabs: Slabs, given: Given): Placed =>
  placePublication(slabs, given.offset, given.time, given.channel, given.payload);

/** A publication whose text, with its headroom, takes just this many bytes of memory. */
function ofBytes(bytes: number): Given {
  const head = HEADROOM_BYTES + Buffer.byteLength('1 2 a ');
  return { offset: 1, time: 2, channel: 'a', payload: Buffer.alloc(bytes - head, 0x79) };
}

describe('the text of a publication', () => {
  test.prop([publication], { numRuns: 500 })(
    'is `offset SP time SP channel SP payload`, whose end from `nativeAt` is `channel SP payload`',
    (given) => {
      const placed = place(new Slabs(), given);
      expect(textAt(placed).equals(textOf(given))).toBe(true);
      expect(textAt(placed).subarray(placed.nativeAt).equals(nativeOf(given))).toBe(true);
    },
  );

  it('has the last offsets that are exact, digit by digit', () => {
    for (let at = Number.MAX_SAFE_INTEGER - 100; at <= Number.MAX_SAFE_INTEGER; at++) {
      const given = { offset: at, time: 2 ** 45, channel: 'a', payload: Buffer.from('1') };
      expect(textAt(place(new Slabs(), given)).toString()).toBe(`${at} ${2 ** 45} a 1`);
    }
  });
});

describe('texts in one memory', () => {
  test.prop([fc.array(publication, { minLength: 1, maxLength: 60 })])(
    'and their headroom do not overlap, and keep their bytes whatever comes behind them',
    (all) => {
      const slabs = new Slabs();
      const placed = all.map((given) => place(slabs, given));
      for (const { memory, at } of placed) memory.fill(0xff, at - HEADROOM_BYTES, at);
      for (const [i, given] of all.entries())
        expect(textAt(placed[i] as Placed).equals(textOf(given))).toBe(true);
      for (const [i, { memory, at, textBytes }] of placed.entries()) {
        expect(at).toBeGreaterThanOrEqual(HEADROOM_BYTES);
        expect(at + textBytes).toBeLessThanOrEqual(memory.length);
        const next = placed[i + 1];
        if (next?.memory === memory) expect(next.at).toBe(at + textBytes + HEADROOM_BYTES);
      }
    },
  );

  it('lie one behind another, up to the last byte of a slab, and then in a new one', () => {
    const slabs = new Slabs();
    const eighth = ofBytes(SLAB_BYTES / 8);
    const placed = Array.from({ length: 9 }, () => place(slabs, eighth));
    expect(placed.map(({ at }) => ((at - HEADROOM_BYTES) / SLAB_BYTES) * 8)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 0,
    ]);
    expect(new Set(placed.slice(0, 8).map(({ memory }) => memory)).size).toBe(1);
    expect(placed[8]?.memory).not.toBe(placed[0]?.memory);
    expect(placed[0]?.memory.buffer.byteLength).toBe(SLAB_BYTES);
  });

  it('have memory of their own where one is larger than an eighth of a slab, which goes on behind it', () => {
    const slabs = new Slabs();
    const small = { offset: 1, time: 1, channel: 'a', payload: Buffer.from('1') };
    const before = place(slabs, small);
    const large = place(slabs, ofBytes(SLAB_BYTES / 8 + 1));
    const after = place(slabs, small);
    expect(large.memory.buffer.byteLength).toBe(HEADROOM_BYTES + large.textBytes);
    expect(after.memory).toBe(before.memory);
    expect(after.at).toBe(before.at + before.textBytes + HEADROOM_BYTES);
    expect(textAt(before).equals(textOf(small))).toBe(true);
  });

  it('may be gaps too, which hold a control message and nothing for ZeroMQ', () => {
    const slabs = new Slabs();
    const given = { offset: 1, time: 1, channel: 'raum-ü', payload: Buffer.from('1') };
    const before = place(slabs, given);
    const gap = placeGap(slabs, { channel: 'raum-ü', epoch: 'e', from: 7, missed: null });
    const after = place(slabs, given);
    const reported = {
      channel: 'raum-ü',
      reason: 'upstream',
      epoch: 'e',
      from: 7,
      to: 7,
      missed: null,
    } as const;
    expect(textAt(gap).toString()).toBe(encodeControl({ gap: reported }));
    expect(gap.nativeAt).toBe(gap.textBytes);
    for (const each of [before, after]) expect(textAt(each).equals(textOf(given))).toBe(true);
  });
});
