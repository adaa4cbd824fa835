import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EPOCH_BYTES_MOST,
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  writeSegmentHeader,
} from '../../../../../server/src/logs/disk/format/segment-header.ts';
import { crcOf } from '../../../../../server/src/logs/packs/check-sum.ts';
import { EPOCH } from '../../../../support/disk/segments.ts';

const HEADER: SegmentHeader = { epoch: EPOCH, before: 41, created: 1_700_000_000_000, chain: 0xfffffffe };

/** As another version, or another program that keeps to the sums, would write it. */
function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = writeSegmentHeader(HEADER);
  change(bytes);
  bytes.writeUInt32LE(crcOf(bytes.subarray(0, SEGMENT_HEADER_BYTES - 4)), SEGMENT_HEADER_BYTES - 4);
  return bytes;
}

describe('the header of a segment', () => {
  it('is read as it was written', () => {
    const epoch = fc
      .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 1, maxLength: EPOCH_BYTES_MOST })
      .map((units) => String.fromCharCode(...units));
    const header = fc.record({
      epoch,
      before: fc.maxSafeNat(),
      created: fc.maxSafeNat(),
      chain: fc.nat(0xffffffff),
    });
    fc.assert(
      fc.property(header, (any) => {
        const bytes = writeSegmentHeader(any);
        expect(bytes).toHaveLength(SEGMENT_HEADER_BYTES);
        expect(readSegmentHeader(Buffer.concat([bytes, Buffer.alloc(5)]))).toEqual(any);
      }),
    );
  });

  it.each([
    ['no epoch', { epoch: '' }],
    ['a long epoch', { epoch: 'x'.repeat(EPOCH_BYTES_MOST + 1) }],
    ['an epoch of other letters', { epoch: 'ä' }],
    ['an offset that is none', { before: -1 }],
    ['a time that is none', { created: Number.NaN }],
  ])('is not written with %s', (_, wrong) => {
    expect(() => writeSegmentHeader({ ...HEADER, ...wrong })).toThrow(RangeError);
  });

  it('torn, or with a bit that flipped, is damaged: no flip makes it another version', () => {
    const bytes = writeSegmentHeader(HEADER);
    for (let length = 0; length < bytes.length; length++)
      expect(readSegmentHeader(bytes.subarray(0, length))).toBe('short');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes);
      (flipped[bit >> 3] as number) ^= 1 << (bit & 7);
      expect(['magic', 'crc'], `bit ${bit}`).toContain(readSegmentHeader(flipped));
    }
  });

  it('of another version is known as that', () => {
    expect(readSegmentHeader(changed((bytes) => bytes.writeUInt16LE(2, 4)))).toBe('version');
    expect(readSegmentHeader(changed((bytes) => bytes.writeUInt16LE(0, 4)))).toBe('version');
  });

  it('whose sum is right, whatever it says, is read without a throw', () => {
    expect(readSegmentHeader(changed((bytes) => bytes.fill(0, 28, 29)))).toBe('bounds');
    expect(readSegmentHeader(changed((bytes) => bytes.fill(255, 28, 29)))).toBe('bounds');
    expect(readSegmentHeader(changed((bytes) => bytes.fill(255, 8, 16)))).toBe('bounds');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readSegmentHeader(Buffer.from(bytes));
      }),
    );
  });
});
