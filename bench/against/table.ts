import type { Spread } from '../report/results.ts';
import { columnOf, tableOf } from '../report/table.ts';
import { MORE_IS_BETTER } from './compared.ts';
import type { Comparison } from './verdicts.ts';

/** A comparison, and of what. */
export interface ComparisonRow extends Comparison {
  readonly scenario: string;
  readonly case: string;
  readonly figure: string;
}

/** @param commit the old one, as it was named */
export function againstTable(all: readonly ComparisonRow[], commit: string): string {
  const head = ['case', 'figure', commit, 'new', 'new ÷ old', 'old ÷ old', 'verdict'];
  return tableOf(
    [head, ...all.map((each) => rowOf(each))],
    head.map((_, i) => (i < 2 || i === head.length - 1 ? '---' : '--:')),
  );
}

function rowOf({
  scenario,
  case: name,
  figure,
  old,
  present,
  ratio,
  noise,
  verdict,
}: ComparisonRow): string[] {
  const { title, show } = columnOf(figure);
  const turned = MORE_IS_BETTER.has(figure) ? ' (old ÷ new)' : '';
  const shown = (value: number): string => (Number.isNaN(value) ? '' : show(value));
  const label = `${scenario}, ${name}`;
  return [
    label,
    `${title}${turned}`,
    shown(old.median),
    shown(present.median),
    wide(ratio),
    wide(noise),
    verdict,
  ];
}

function wide({ median, least, most }: Spread): string {
  if (Number.isNaN(median)) return '';
  return `${median.toFixed(3)} (${least.toFixed(3)}–${most.toFixed(3)})`;
}
