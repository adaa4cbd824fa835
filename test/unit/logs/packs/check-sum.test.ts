import { describe, expect, it } from 'vitest';
import { crcInPieces, crcOf } from '../../../../server/src/logs/packs/check-sum.ts';
import { atOnce } from '../../../support/disk/segments.ts';

/** Bit by bit, as the page on the format has it. */
function crcByHand(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

describe('a check sum', () => {
  it('is the CRC-32 of zip and PNG', () => {
    expect(crcOf(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crcOf(Buffer.alloc(0))).toBe(0);
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, i) => (i * 7) & 0xff));
    expect(crcOf(bytes)).toBe(crcByHand(bytes));
  });

  it.each([0, 1, 262_143, 262_144, 262_145, 600_000])('of %i bytes is the same in pieces', (length) => {
    const bytes = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
    expect(atOnce(crcInPieces(bytes))).toBe(crcOf(bytes));
  });
});
