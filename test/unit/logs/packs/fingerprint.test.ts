import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINGERPRINT_BYTES, writeFingerprint } from '../../../../server/src/logs/packs/fingerprint.ts';

/** What Node makes of a text: read again, it has to be the same. */
const isOne = (text: string): boolean => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === FINGERPRINT_BYTES && bytes.toString('base64') === text;
};

describe('a fingerprint', () => {
  it('is written as the bytes of its SHA-1', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const sha1 = createHash('sha1').update(text).digest();
        const bytes = Buffer.alloc(30, 0xaa);
        expect(writeFingerprint(bytes, sha1.toString('base64'), 4)).toBe(24);
        expect(bytes.subarray(4, 24)).toEqual(sha1);
        expect([bytes[3], bytes[24]]).toEqual([0xaa, 0xaa]);
      }),
    );
  });

  it('is refused where it would be read again as another text', () => {
    const good = createHash('sha1').update('x').digest('base64');
    const near = fc
      .tuple(
        fc.nat(27),
        fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom('A', 'B', '=', '-', '_', 'é', '€')),
      )
      .map(([at, letters]) => good.slice(0, at) + letters + good.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(near, fc.base64String(), fc.string()), (text) => {
        const write = () => writeFingerprint(Buffer.alloc(30), text, 0);
        if (isOne(text)) expect(write()).toBe(FINGERPRINT_BYTES);
        else expect(write).toThrow(RangeError);
      }),
      { numRuns: 3_000 },
    );
  });
});
