import { judge, wordsOf } from './bars.ts';
import type { Row, Spread } from './results.ts';

/** How a figure is shown. */
export interface Column {
  readonly title: string;
  readonly show: (value: number) => string;
  /** Whether the range over the rounds is shown as well. */
  readonly isWide?: boolean;
}

const digits =
  (most: number) =>
  (value: number): string =>
    value.toLocaleString('en', { maximumFractionDigits: most, minimumFractionDigits: most });
const kilobytes = (value: number): string => digits(1)(value / 1_024);

/** Figures in the order in which they are shown; one that is not named here stays in the JSON report. */
const COLUMNS: Readonly<Record<string, Column>> = {
  cpuUs: { title: 'server CPU each, µs', show: digits(2), isWide: true },
  cpuShare: { title: 'cores used', show: digits(2) },
  messagesPerS: { title: 'messages/s', show: digits(0), isWide: true },
  putsPerS: { title: 'puts/s', show: digits(0) },
  deliveriesPerS: { title: 'deliveries/s', show: digits(0) },
  deliveredShare: { title: 'delivered, %', show: (value) => digits(1)(value * 100) },
  p50Ms: { title: 'p50, ms', show: digits(2) },
  p99Ms: { title: 'p99, ms', show: digits(2), isWide: true },
  answerMs: { title: 'answer p50, ms', show: digits(2) },
  offsets: { title: 'offsets in an answer', show: digits(0) },
  rssBytes: { title: 'memory, MB', show: (value) => digits(0)(value / 1e6) },
  bytesEach: { title: 'memory ÷ connections, KB', show: kilobytes, isWide: true },
  grownBytesEach: { title: 'grown by, each, KB', show: kilobytes },
  cpuPercent: { title: 'idle CPU, % of a core', show: digits(2) },
  connectS: { title: 'connected after, s', show: digits(1) },
  connectedS: { title: '10,000 subscribed after, s', show: digits(1), isWide: true },
  resumedS: { title: '5,000 resumed after, s', show: digits(1), isWide: true },
  lost: { title: 'lost', show: digits(0) },
  gaps: { title: 'gaps', show: digits(0) },
};

function cellOf(spread: Spread | undefined, { show, isWide }: Column): string {
  if (!spread || Number.isNaN(spread.median)) return '';
  if (!isWide || spread.rounds.length < 2) return show(spread.median);
  return `${show(spread.median)} (${show(spread.least)}–${show(spread.most)})`;
}

/** One that has no column is shown under its own name. */
export function columnOf(figure: string): Column {
  return COLUMNS[figure] ?? { title: figure, show: digits(3) };
}

/**
 * A table in Markdown.
 * @param rows the first is the head
 * @param align by column; default: two of words, then numbers
 */
export function tableOf(rows: readonly (readonly string[])[], align?: readonly string[]): string {
  const [head = [], ...body] = rows;
  return [head, align ?? head.map((_, i) => (i < 2 ? '---' : '--:')), ...body]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

/** The rows of one scenario as a table in Markdown, with the columns that any of them has a figure for. */
export function scenarioTable(rows: readonly Row[]): string {
  const columns = Object.entries(COLUMNS).filter(([name]) => rows.some(({ figures }) => name in figures));
  const body = rows.map((row) => [
    row.case,
    row.contender,
    ...columns.map(([name, column]) => cellOf(row.figures[name], column)),
  ]);
  return tableOf([['case', 'server', ...columns.map(([, { title }]) => title)], ...body]);
}

export function barsTable(rows: readonly Row[]): string {
  const body = judge(rows).map(({ bar, measured, least, most, verdict }) => {
    const show = digits(Math.abs(measured) < 10 ? 3 : 1);
    return [
      wordsOf(bar),
      Number.isNaN(measured) ? '' : `${show(measured)} (${show(least)}–${show(most)})`,
      verdict,
    ];
  });
  return tableOf([['bar', 'measured (over the rounds)', 'verdict'], ...body]);
}
