import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readTrailer,
  TRAILER_BYTES,
  type Trailer,
  writeTrailer,
} from '../../../../../server/src/logs/disk/format/trailer.ts';
import { crcOf } from '../../../../../server/src/logs/packs/check-sum.ts';

const TRAILER: Trailer = {
  footerAt: 1_000,
  footerBytes: 200,
  footerCrc: 0xffff_fffe,
  keysBytes: 100,
  keysCrc: 1,
  chain: 2,
  entries: 5,
  packs: 2,
  first: 11,
  last: 20,
  firstTime: 1_700_000_000_000,
  lastTime: 1_700_000_000_001,
};
const FILE_BYTES = 1_000 + 200 + TRAILER_BYTES;

describe('the trailer of a segment', () => {
  it('is read as it was written, from the end of what is read', () => {
    const u32 = fc.nat(0xffff_ffff);
    const numbers = fc.record({
      footerBytes: u32,
      footerCrc: u32,
      keysCrc: u32,
      chain: u32,
      first: fc.nat(),
      time: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(numbers, ({ time, ...some }) => {
        const trailer = {
          ...TRAILER,
          ...some,
          last: some.first + 7,
          first: some.first + 1,
          firstTime: time,
          lastTime: time,
        };
        const bytes = Buffer.concat([Buffer.alloc(9, 'Z'), writeTrailer(trailer)]);
        expect(readTrailer(bytes, trailer.footerAt + trailer.footerBytes + TRAILER_BYTES)).toEqual(trailer);
      }),
    );
  });

  it('is that of this file alone: of one that was cut or grew, it is none', () => {
    const bytes = writeTrailer(TRAILER);
    expect(readTrailer(bytes, FILE_BYTES)).toEqual(TRAILER);
    expect(readTrailer(bytes, FILE_BYTES - 1)).toBe('bounds');
    expect(readTrailer(bytes, FILE_BYTES + 1)).toBe('bounds');
    expect(readTrailer(bytes.subarray(1), FILE_BYTES)).toBe('short');
  });

  it.each<[string, Partial<Trailer>]>([
    ['put keys within the header', { keysBytes: 905 }],
    ['no packs', { packs: 0 }],
    ['fewer entries than packs', { entries: 1 }],
    ['more entries than offsets', { entries: 11 }],
    ['an offset that is none', { first: 0, last: 9 }],
    ['a last offset that is none', { last: Number.MAX_SAFE_INTEGER + 1 }],
    ['times that run backwards', { lastTime: 1_699_999_999_999 }],
  ])('says nothing of %s', (_, wrong) => {
    expect(() => writeTrailer({ ...TRAILER, ...wrong })).toThrow(RangeError);
  });

  it('whose sum is right, whatever it says, is read without a throw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(TRAILER_BYTES - 5), fc.constantFrom(0, 1, 255)), { minLength: 1 }),
        (changes) => {
          const bytes = writeTrailer(TRAILER);
          for (const [at, value] of changes) if (at >= 4) bytes[at] = value;
          bytes.writeUInt32LE(crcOf(bytes.subarray(0, TRAILER_BYTES - 4)), TRAILER_BYTES - 4);
          const read = readTrailer(bytes, FILE_BYTES);
          if (typeof read === 'string') expect(read).toBe('bounds');
          else expect(writeTrailer(read).equals(bytes)).toBe(true);
        },
      ),
    );
  });
});
