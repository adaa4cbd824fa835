import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Best } from '../../../../server/src/core/observing/best.ts';

const ascending = (a: number, b: number): number => a - b;

function pageOf(numbers: readonly number[], skip: number, limit: number): number[] {
  const best = new Best<number>(skip + limit, ascending);
  for (const each of numbers) best.add(each);
  const taking = best.takeFrom(skip);
  for (;;) {
    const { done, value } = taking.next();
    if (done) return value;
  }
}

describe('the best of many', () => {
  const uniques = fc.uniqueArray(fc.integer({ min: -1_000, max: 1_000 }));

  test.prop([uniques, fc.nat(30), fc.nat(30)])('are a page of what was sorted', (numbers, skip, limit) => {
    expect(pageOf(numbers, skip, limit)).toEqual(numbers.toSorted(ascending).slice(skip, skip + limit));
  });

  it('are none where none are asked for', () => {
    expect(pageOf([3, 1, 2], 0, 0)).toEqual([]);
    expect(pageOf([], 0, 5)).toEqual([]);
    expect(pageOf([3, 1, 2], 3, 5)).toEqual([]);
  });
});
