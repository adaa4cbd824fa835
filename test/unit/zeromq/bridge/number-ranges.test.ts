import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { NumberRanges } from '../../../../server/src/zeromq/bridge/number-ranges.ts';

describe('the numbers that were seen', () => {
  it('are one range while they follow each other, from wherever they begin', () => {
    const ranges = new NumberRanges(4);
    for (let number = 500; number < 600; number++) expect(ranges.see(number)).toBe('new');
    expect(ranges.see(555)).toBe('seen');
    expect(ranges.see(499)).toBe('new');
    expect(ranges.count).toBe(1);
  });

  it('have holes, and what comes late into one is new', () => {
    const ranges = new NumberRanges(4);
    expect([1, 2, 5, 9, 4, 3, 3, 7].map((number) => ranges.see(number))).toEqual([
      'new',
      'new',
      'new',
      'new',
      'new',
      'new',
      'seen',
      'new',
    ]);
    expect(ranges.count).toBe(3);
  });

  it('are forgotten from below when there are too many holes, and are then neither new nor seen', () => {
    const ranges = new NumberRanges(2);
    for (const number of [10, 20, 30]) ranges.see(number);
    expect(ranges.count).toBe(2);
    expect([5, 10, 11, 20].map((number) => ranges.see(number))).toEqual(['unsure', 'unsure', 'new', 'seen']);
  });

  test.prop([fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 })])(
    'are what a set remembers, while there is room',
    (numbers) => {
      const ranges = new NumberRanges(100);
      const seen = new Set<number>();
      for (const number of numbers) {
        expect(ranges.see(number)).toBe(seen.has(number) ? 'seen' : 'new');
        seen.add(number);
      }
      const holes = [...seen].filter((number) => !seen.has(number + 1)).length;
      expect(ranges.count).toBe(holes);
    },
  );

  test.prop([fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }), fc.integer({ min: 1, max: 5 })])(
    'never call a number new twice, nor one seen that was not, however few ranges there are',
    (numbers, most) => {
      const ranges = new NumberRanges(most);
      const seen = new Set<number>();
      for (const number of numbers) {
        const known = ranges.see(number);
        if (known === 'new') expect(seen.has(number)).toBe(false);
        if (known === 'seen') expect(seen.has(number)).toBe(true);
        if (known === 'new') seen.add(number);
        expect(ranges.count).toBeLessThanOrEqual(most);
      }
    },
  );
});
