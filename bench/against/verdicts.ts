import { type Spread, spreadOf } from '../report/results.ts';

/** One figure in one round, of each of the three contenders; NaN where that round failed. */
export interface Trio {
  readonly present: number;
  readonly old: number;
  /** The old commit once more, by the same build. */
  readonly again: number;
}

export const TOLERANCE = 1.05;

export type Verdict =
  | 'within 1.05'
  | 'within the spread of the old commit against itself'
  | 'slower'
  | 'not measured';

/** How much dearer a commit has become, by one figure of one case. */
export interface Comparison {
  readonly present: Spread;
  readonly old: Spread;
  /** New over old, round by round. Above 1: the new one is worse. */
  readonly ratio: Spread;
  /** The old one over itself, round by round: what this run shows where nothing has changed. */
  readonly noise: Spread;
  readonly verdict: Verdict;
}

/**
 * Rounds are compared one by one, because contenders of one round ran within seconds: what the machine does from minute
 * to minute is in both of them.
 */
export function compare(rounds: readonly Trio[], moreIsBetter: boolean): Comparison {
  const over = (figure: number, base: number): number => (moreIsBetter ? base / figure : figure / base);
  const ratio = spreadOf(rounds.map(({ present, old }) => over(present, old)));
  const noise = spreadOf(rounds.map(({ again, old }) => over(again, old)));
  // A build that now and then fails would be judged by its good rounds alone.
  const isLacking = rounds.some(({ present, old }) => Number.isNaN(present) && !Number.isNaN(old));
  return {
    present: spreadOf(rounds.map(({ present }) => present)),
    old: spreadOf(rounds.map(({ old }) => old)),
    ratio,
    noise,
    verdict: isLacking ? 'not measured' : verdictOn(ratio, noise),
  };
}

function verdictOn(ratio: Spread, noise: Spread): Verdict {
  if (Number.isNaN(ratio.median)) return 'not measured';
  if (ratio.median <= TOLERANCE) return 'within 1.05';
  return ratio.median <= mostOf(noise) ? 'within the spread of the old commit against itself' : 'slower';
}

/** The two are the same build, so that which of them stands above the line means nothing. */
function mostOf({ least, most }: Spread): number {
  return Math.max(most, 1 / least);
}

/** Whether a run may end with 0. */
export function isGood(comparisons: readonly { readonly verdict: Verdict }[]): boolean {
  return (
    comparisons.length > 0 &&
    comparisons.every(({ verdict }) => verdict !== 'slower' && verdict !== 'not measured')
  );
}
