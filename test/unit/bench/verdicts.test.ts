import { describe, expect, it } from 'vitest';
import { compare, isGood, type Trio } from '../../../bench/against/verdicts.ts';

const NOISE = 'within the spread of the old commit against itself';

/** Rounds by new, old, and old once more. */
function rounds(...all: [present: number, old: number, again: number][]): Trio[] {
  return all.map(([present, old, again]) => ({ present, old, again }));
}

describe('a comparison of two commits', () => {
  it('takes ratios round by round, with their median and range', () => {
    const { ratio, noise, present, old } = compare(rounds([2, 1, 1], [30, 10, 9], [4, 4, 5]), false);
    expect(ratio).toEqual({ median: 2, least: 1, most: 3, rounds: [2, 3, 1] });
    expect(noise).toEqual({ median: 1, least: 0.9, most: 1.25, rounds: [1, 0.9, 1.25] });
    expect([present.median, old.median]).toEqual([4, 4]);
  });

  it('turns the ratio over where more is better', () => {
    const { ratio, noise, verdict } = compare(rounds([50, 100, 125]), true);
    expect([ratio.median, noise.median]).toEqual([2, 0.8]);
    expect(verdict).toBe('slower');
  });

  it.each<[string, Trio[]]>([
    ['within 1.05', rounds([1.05, 1, 1])],
    ['within 1.05', rounds([0.1, 1, 1])],
    // The median, not the worst.
    ['within 1.05', rounds([1, 1, 1], [9, 1, 1], [1, 1, 1])],
    ['slower', rounds([1.06, 1, 1])],
    ['slower', rounds([1.06, 1, 1.05], [1.06, 1, 1], [1.06, 1, 1])],
    [NOISE, rounds([1.06, 1, 1.07], [1.06, 1, 1], [1.06, 1, 1])],
    [NOISE, rounds([1.06, 1, 1.06])],
    // Which of the two equal builds was cheaper means nothing.
    [NOISE, rounds([1.2, 1, 0.8], [1.2, 1, 1], [1.2, 1, 1])],
    ['slower', rounds([1.3, 1, 0.8], [1.3, 1, 1], [1.3, 1, 1])],
  ])('is %s: %j', (verdict, trios) => {
    expect(compare(trios, false).verdict).toBe(verdict);
  });

  it('leaves out rounds in which the old commit failed', () => {
    const { ratio, verdict } = compare(rounds([1, Number.NaN, 1], [1.02, 1, Number.NaN]), false);
    expect(ratio.median).toBe(1.02);
    expect(verdict).toBe('within 1.05');
  });

  it('is not measured where the new one failed in a round that the old one ended', () => {
    expect(compare(rounds([1, 1, 1], [Number.NaN, 1, 1], [1, 1, 1]), false).verdict).toBe('not measured');
  });

  it('is not measured without a round of both', () => {
    expect(compare([], false).verdict).toBe('not measured');
    expect(compare(rounds([1, Number.NaN, 1]), false).verdict).toBe('not measured');
  });

  it('is slower where nothing was delivered, and where the noise was not measured', () => {
    // CPU divided by no delivery, and no messages at all.
    expect(compare(rounds([Number.POSITIVE_INFINITY, 1, 1]), false).verdict).toBe('slower');
    expect(compare(rounds([0, 1, 1]), true).verdict).toBe('slower');
    expect(compare(rounds([1.1, 1, Number.NaN]), false).verdict).toBe('slower');
  });
});

it('a run is good when nothing is slower, and everything was measured', () => {
  expect(isGood([{ verdict: 'within 1.05' }, { verdict: NOISE }])).toBe(true);
  expect(isGood([{ verdict: 'within 1.05' }, { verdict: 'slower' }])).toBe(false);
  expect(isGood([{ verdict: 'not measured' }])).toBe(false);
  expect(isGood([])).toBe(false);
});
