/** One figure of a measurement beside its bar. `reported`: there is no bar. */
export interface Check {
  readonly what: string;
  readonly measured: string;
  readonly bar: string;
  readonly verdict: 'met' | 'NOT met' | 'reported';
}

function judged(what: string, measured: string, bar: string, met: boolean): Check {
  return { what, measured, bar, verdict: met ? 'met' : 'NOT met' };
}

/** @param unit is written behind both numbers */
export function below(what: string, value: number, bar: number, unit: string): Check {
  return judged(what, figure(value, unit), `below ${figure(bar, unit)}`, value < bar);
}

export function atMost(what: string, value: number, bar: number, unit: string): Check {
  return judged(what, figure(value, unit), `at most ${figure(bar, unit)}`, value <= bar);
}

export function exactly(what: string, value: number, due: number): Check {
  return judged(what, figure(value), `exactly ${figure(due)}`, value === due);
}

export function atLeast(what: string, value: number, bar: number): Check {
  return judged(what, figure(value), `at least ${figure(bar)}`, value >= bar);
}

export function reported(what: string, measured: string, beside = ''): Check {
  return { what, measured, bar: beside, verdict: 'reported' };
}

/** With thousands set apart and two digits behind the point at most. */
export function figure(value: number, unit = ''): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  const text = value.toLocaleString('en', { maximumFractionDigits: digits });
  return unit ? `${text} ${unit}` : text;
}

export function lineOf({ what, measured, bar, verdict }: Check): string {
  if (verdict === 'reported') return `  ${what}: ${measured}${bar ? ` (${bar})` : ''}`;
  return `  ${what}: ${measured} (${bar}): ${verdict}`;
}

export function tableOf(rows: readonly { readonly name: string; readonly check: Check }[]): string {
  const cells = rows.map(({ name, check: { what, measured, bar, verdict } }) =>
    [name, what, measured, bar, verdict === 'reported' ? '' : verdict].map((cell) =>
      cell.replaceAll('|', '\\|'),
    ),
  );
  return [['promise', 'what', 'measured', 'bar', ''], ['---', '---', '---', '---', '---'], ...cells]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
