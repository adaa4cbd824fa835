import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Names } from '../../../../server/src/logs/packs/names.ts';

const text = (bytes: Buffer): string => bytes.toString('utf8');

describe('names that were read before', () => {
  it('are those that the bytes have, whatever was read in between', () => {
    const names = new Names();
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }).map((letters) => Buffer.from(letters)),
      // Few letters, so that many have the same length and place; bytes that are no UTF-8 as well.
      fc
        .array(fc.constantFrom(0x61, 0x62, 0xc3, 0xa9, 0xff), { maxLength: 6 })
        .map((all) => Buffer.from(all)),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 50 }), (all) => {
        for (const bytes of [...all, ...all]) {
          const pack = Buffer.concat([Buffer.from('é'), bytes, Buffer.from('é')]);
          expect(names.at(pack, 2, 2 + bytes.length)).toBe(text(bytes));
        }
      }),
      { numRuns: 500 },
    );
  });
});
