import { isWellFormed, utf8Bytes } from '@zerospan/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// Any sequence of UTF-16 units, lone surrogates often among them.
const unit = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0x80, max: 0x7ff }),
  fc.integer({ min: 0x800, max: 0xffff }),
  fc.integer({ min: 0xd800, max: 0xdbff }),
  fc.integer({ min: 0xdc00, max: 0xdfff }),
);
const text = fc.array(unit, { maxLength: 40 }).map((units) => String.fromCharCode(...units));

describe('UTF-8 (F6, N1)', () => {
  it('is as long as the platform encodes it', () => {
    fc.assert(
      fc.property(text, (some) => {
        expect(utf8Bytes(some)).toBe(new TextEncoder().encode(some).length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is well-formed exactly when it survives encoding', () => {
    fc.assert(
      fc.property(text, (some) => {
        const back = new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(some));
        expect(isWellFormed(some)).toBe(back === some);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['', 0],
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['\u{10000}', 4],
    ['\u{10ffff}', 4],
    ['\ud800', 3],
    ['\udc00\ud800', 6],
    ['\ud800\ud800\udc00', 7],
  ])('%j has %d bytes', (some, bytes) => {
    expect(utf8Bytes(some)).toBe(bytes);
  });
});
