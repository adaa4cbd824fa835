import { Histogram } from 'zerospan/load';
import type { Figures } from '../scenario.ts';

/** One figure over all rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** One for each round, in their order; NaN for one that failed. */
  readonly rounds: readonly number[];
}

/** What one contender came to in one case. */
export interface Row {
  readonly scenario: string;
  readonly case: string;
  readonly contender: string;
  readonly figures: Readonly<Record<string, Spread>>;
}

/** Delays are reported as these shares, in ms. */
const SHARES = { p50Ms: 0.5, p99Ms: 0.99 } as const;

/** @param rounds in their order; undefined for one that failed */
export function rowOf(
  scenario: string,
  name: string,
  contender: string,
  rounds: readonly (Figures | undefined)[],
): Row {
  const figures: Record<string, Spread> = {};
  const names = new Set(rounds.flatMap((each) => Object.keys(each?.numbers ?? {})));
  for (const figure of names) {
    figures[figure] = spreadOf(rounds.map((each) => each?.numbers[figure] ?? Number.NaN));
  }
  const delays = rounds.map((each) => each?.delays ?? []);
  if (delays.flat().length > 0) {
    for (const [figure, share] of Object.entries(SHARES)) {
      const each = delays.map((counts) => Histogram.of(counts).quantile(share) / 1_000);
      // Not the median of the rounds: all that was measured is one histogram.
      const median = Histogram.of(delays.flat()).quantile(share) / 1_000;
      figures[figure] = { ...spreadOf(each), median };
    }
  }
  return { scenario, case: name, contender, figures };
}

/** @param rounds in their order; NaN for one that failed, which counts in nothing */
export function spreadOf(rounds: readonly number[]): Spread {
  const sorted = rounds.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN, rounds };
}
