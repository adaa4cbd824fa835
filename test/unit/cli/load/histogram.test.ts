import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../../cli/src/load/index.ts';

const value = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 0, max: 1_000_000 }),
  fc.integer({ min: 0, max: 0x7fffffff }),
);
const values = fc.array(value, { minLength: 1, maxLength: 200 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

function filled(all: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const each of all) histogram.add(each);
  return histogram;
}

/** By sorting: the smallest of the values that at least this share does not exceed. */
function quantileOf(all: readonly number[], of: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(of * sorted.length) - 1)] as number;
}

describe('a histogram', () => {
  test.prop([values, share])('answers quantiles rounded up by less than 1 in 64', (all, of) => {
    const exact = quantileOf(all, of);
    const answer = filled(all).quantile(of);
    expect(answer).toBeGreaterThanOrEqual(exact);
    expect(answer - exact).toBeLessThanOrEqual(exact / 64);
  });

  test.prop([fc.array(values, { maxLength: 5 }), share])(
    'merged of many says what one of all says',
    (parts, of) => {
      const counts = parts.map((each) => filled(each).counts());
      const merged = Histogram.of(JSON.parse(JSON.stringify(counts)) as typeof counts);
      const one = filled(parts.flat());
      expect(merged.counts()).toEqual(one.counts());
      expect(merged.count).toBe(parts.flat().length);
      expect(merged.quantile(of)).toEqual(one.quantile(of));
    },
  );

  it('counts what is below its range as 0 and what is above as the largest', () => {
    const histogram = filled([-5, Number.NaN, 1e12]);
    expect(histogram.count).toBe(3);
    expect(histogram.quantile(0.5)).toBe(0);
    expect(histogram.quantile(1)).toBe(0x7fffffff);
  });

  it('that is empty, or was cleared, has no quantile', () => {
    const histogram = filled([1, 2]);
    histogram.clear();
    expect(histogram.quantile(0.5)).toBeNaN();
    expect(histogram.counts()).toEqual([]);
    expect(histogram.count).toBe(0);
  });
});
