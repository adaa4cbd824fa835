import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Meta,
  readSlot,
  SLOT_BYTES,
  writeSlot,
} from '../../../../../server/src/logs/disk/identity/meta-slot.ts';
import { META, slotOfVersion } from '../../../../support/disk/metas.ts';

const u53 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const text = (most: number) =>
  fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => Buffer.byteLength(one) <= most);
const metas: fc.Arbitrary<Meta> = fc.record({
  epoch: text(63),
  begins: u53,
  bootId: text(63),
  inode: text(31),
  birthMs: u53,
  leaseUpTo: u53,
  startedAt: u53,
  cleanHead: fc.option(u53, { nil: undefined }),
  pid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  isMoved: fc.boolean(),
  forgottenUpTo: u53,
});

describe('a slot', () => {
  it('reads as it was written, whatever follows it', () => {
    fc.assert(
      fc.property(metas, u53, fc.uint8Array({ maxLength: 64 }), (meta, number, after) => {
        const slot = writeSlot(meta, number);
        expect(slot).toHaveLength(SLOT_BYTES);
        expect(readSlot(Buffer.concat([slot, after]))).toEqual({ kind: 'good', number, meta });
      }),
    );
  });

  it('is bad with any bit of it flipped, and with any of its bytes missing', () => {
    const slot = writeSlot(META, 7);
    const used = slot.readUInt16LE(10);
    for (let bit = 0; bit < 8 * used; bit++) {
      const flipped = Buffer.from(slot);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readSlot(flipped), `bit ${bit}`).toEqual({ kind: 'bad' });
    }
    for (let bytes = 1; bytes < used; bytes++)
      expect(readSlot(slot.subarray(0, bytes)), `${bytes} bytes`).toEqual({ kind: 'bad' });
  });

  it('is empty where nothing was written', () => {
    expect(readSlot(Buffer.alloc(4_096))).toEqual({ kind: 'empty' });
    expect(readSlot(Buffer.alloc(0))).toEqual({ kind: 'empty' });
  });

  it('is of a newer version only when it is whole', () => {
    expect(readSlot(slotOfVersion(2))).toEqual({ kind: 'newer', version: 2 });
    expect(readSlot(slotOfVersion(40_000, 4_096))).toEqual({ kind: 'newer', version: 40_000 });
    const torn = slotOfVersion(2);
    torn[300] = 1;
    expect(readSlot(torn)).toEqual({ kind: 'bad' });
    expect(readSlot(slotOfVersion(0))).toEqual({ kind: 'bad' });
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_024 }), (bytes) => {
        expect(['bad', 'empty']).toContain(readSlot(Buffer.from(bytes)).kind);
      }),
    );
  });

  it.each([
    ['a number that is none', { leaseUpTo: 2 ** 53 }],
    ['a time that is none', { forgottenUpTo: 0.5 }],
    ['an epoch that is too long', { epoch: 'x'.repeat(64) }],
    ['no epoch', { epoch: '' }],
    ['an inode that is too long', { inode: '1'.repeat(32) }],
  ])('is not written with %s', (_what, change) => {
    expect(() => writeSlot({ ...META, ...change }, 1)).toThrow(RangeError);
  });
});
