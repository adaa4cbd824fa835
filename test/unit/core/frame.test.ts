import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  controlFrame,
  joined,
  type Placed,
  placeGap,
  placePublication,
  textBytesOf,
} from '../../../server/src/core/log/frame.ts';
import { Slabs } from '../../../server/src/core/log/hot/slabs.ts';

const SLAB_BYTES = 64 * 1024;

/** An unmasked, final text frame as RFC 6455, section 5.2, has it. */
function rfcFrame(text: Buffer): Buffer {
  const { length } = text;
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), text]);
  if (length < 65_536) return Buffer.concat([Buffer.from([0x81, 126, length >> 8, length & 0xff]), text]);
  const header = Buffer.alloc(10);
  header.set([0x81, 127]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, text]);
}

const bytesOf = ({ memory, at, bytes }: Placed): Buffer => memory.subarray(at, at + bytes);

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
const frameOf = (given: Given): Buffer =>
  rfcFrame(Buffer.concat([Buffer.from(`${given.offset} ${given.time} `), nativeOf(given)]));
const place = (slabs: Slabs, given: Given): Placed =>
  placePublication(slabs, given.offset, given.time, given.channel, given.payload);

/** A publication whose text has just so many bytes. */
function ofTextBytes(bytes: number): Given {
  const head = Buffer.byteLength('1 2 a ');
  return { offset: 1, time: 2, channel: 'a', payload: Buffer.alloc(bytes - head, 0x79) };
}

describe('the frame of a publication', () => {
  test.prop([publication], { numRuns: 500 })(
    'is the header of RFC 6455 and `offset SP time SP channel SP payload`, whose end from `nativeAt` is `channel SP payload`',
    (given) => {
      const placed = place(new Slabs(), given);
      const frame = bytesOf(placed);
      expect(frame.equals(frameOf(given))).toBe(true);
      expect(frame.subarray(placed.nativeAt).equals(nativeOf(given))).toBe(true);
    },
  );

  it.each([125, 126, 127, 65_535, 65_536])('has the header for a text of just %i bytes', (textBytes) => {
    const given = ofTextBytes(textBytes);
    const frame = bytesOf(place(new Slabs(), given));
    expect(frame.equals(frameOf(given))).toBe(true);
    expect(textBytesOf(frame.length)).toBe(textBytes);
  });

  it('has the last offsets that are exact, digit by digit', () => {
    for (let at = Number.MAX_SAFE_INTEGER - 100; at <= Number.MAX_SAFE_INTEGER; at++) {
      const given = { offset: at, time: 2 ** 45, channel: 'a', payload: Buffer.from('1') };
      expect(bytesOf(place(new Slabs(), given)).toString('latin1', 2)).toBe(`${at} ${2 ** 45} a 1`);
    }
  });

  test.prop([publication])('tells by its length alone how long its text is', (given) => {
    const text = `${given.offset} ${given.time} `.length + nativeOf(given).length;
    expect(textBytesOf(place(new Slabs(), given).bytes)).toBe(text);
  });
});

describe('frames in one memory', () => {
  test.prop([fc.array(publication, { minLength: 1, maxLength: 60 })])(
    'do not overlap, and keep their bytes whatever comes behind them',
    (all) => {
      const slabs = new Slabs();
      const placed = all.map((given) => place(slabs, given));
      for (const [i, given] of all.entries()) {
        const each = placed[i] as Placed;
        expect(bytesOf(each).equals(frameOf(given))).toBe(true);
        expect(bytesOf(each).subarray(each.nativeAt).equals(nativeOf(given))).toBe(true);
      }
      for (const [i, each] of placed.entries()) {
        expect(each.at + each.bytes).toBeLessThanOrEqual(each.memory.length);
        const next = placed[i + 1];
        if (next?.memory === each.memory) expect(next.at).toBe(each.at + each.bytes);
      }
    },
  );

  it('lie one behind another, up to the last byte of a slab, and then in a new one', () => {
    const slabs = new Slabs();
    const eighth = ofTextBytes(SLAB_BYTES / 8 - 4);
    const placed = Array.from({ length: 9 }, () => place(slabs, eighth));
    expect(placed.map(({ at }) => (at / SLAB_BYTES) * 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0]);
    expect(new Set(placed.slice(0, 8).map(({ memory }) => memory)).size).toBe(1);
    expect(placed[8]?.memory).not.toBe(placed[0]?.memory);
    expect(placed[0]?.memory.buffer.byteLength).toBe(SLAB_BYTES);
  });

  it('have memory of their own where one is larger than an eighth of a slab, which goes on behind it', () => {
    const slabs = new Slabs();
    const small = { offset: 1, time: 1, channel: 'a', payload: Buffer.from('1') };
    const before = place(slabs, small);
    const large = place(slabs, ofTextBytes(SLAB_BYTES / 8 - 3));
    const after = place(slabs, small);
    expect(large.memory.buffer.byteLength).toBe(large.bytes);
    expect(after.memory).toBe(before.memory);
    expect(after.at).toBe(before.at + before.bytes);
    expect(bytesOf(before).equals(frameOf(small))).toBe(true);
  });

  it('may be gaps too, which hold a control message and nothing for ZeroMQ', () => {
    const slabs = new Slabs();
    const given = { offset: 1, time: 1, channel: 'raum-ü', payload: Buffer.from('1') };
    const before = place(slabs, given);
    const gap = placeGap(slabs, { channel: 'raum-ü', epoch: 'e', from: 7, missed: null });
    const after = place(slabs, given);
    const message = {
      gap: { channel: 'raum-ü', reason: 'upstream', epoch: 'e', from: 7, to: 7, missed: null },
    };
    expect(bytesOf(gap).equals(controlFrame(message as Parameters<typeof controlFrame>[0]))).toBe(true);
    expect(bytesOf(gap).subarray(gap.nativeAt)).toHaveLength(0);
    for (const each of [before, after]) expect(bytesOf(each).equals(frameOf(given))).toBe(true);
  });

  it('are written as they are when there is one, and copied one behind another when there are more', () => {
    const slabs = new Slabs();
    const frames = [1, 2].map((n) => {
      const given = { offset: n, time: 1, channel: 'a', payload: Buffer.from('1') };
      return { frame: bytesOf(place(slabs, given)) };
    });
    expect(joined(frames.slice(0, 1))).toBe(frames[0]?.frame);
    expect(joined(frames)).toEqual(Buffer.concat(frames.map(({ frame }) => frame)));
  });
});
