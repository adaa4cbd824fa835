import type { Row, Spread } from './results.ts';

/** What a figure, or the ratio of two, is to be at most (or at least). */
export interface Bar {
  readonly scenario: string;
  readonly case: string;
  readonly figure: string;
  /** Whose figure it is. Default: zerospan as it comes. */
  readonly contender?: string;
  /**
   * In another case of the same scenario, or of another contender: what the figure is divided by. Left out: it stands
   * for itself.
   */
  readonly over?: { readonly contender?: string; readonly case?: string };
  readonly atMost?: number;
  readonly atLeast?: number;
  /** It must hold in every round: judged by the worst. Left out: judged by the median. */
  readonly always?: true;
}

export interface Verdict {
  readonly bar: Bar;
  readonly measured: number;
  readonly least: number;
  readonly most: number;
  /** `within the spread`: the medians miss the bar, and at least one round meets it. */
  readonly verdict: 'met' | 'met within the spread' | 'NOT met' | 'not measured';
}

const OURS = 'zerospan';

function over(
  contender: string,
  bars: readonly [scenario: string, name: string, figure: string, atMost: number][],
): Bar[] {
  return bars.map(([scenario, name, figure, atMost]) => ({
    scenario,
    case: name,
    figure,
    over: { contender },
    atMost,
  }));
}

/** What a log on disk may cost, beside the same in memory. */
function onDisk(
  bars: readonly [contender: string, name: string, figure: string, is: Pick<Bar, 'atMost' | 'atLeast'>][],
): Bar[] {
  return bars.map(([contender, name, figure, is]) => ({
    scenario: 'disk',
    case: name,
    figure,
    contender,
    over: { contender: OURS },
    ...is,
  }));
}

/** What must hold for Zerospan. */
export const BARS: readonly Bar[] = [
  ...over('ws.send loop', [
    ['fan-out', '200 × 5,000/s', 'cpuUs', 0.18],
    ['direct', '1,000 × own', 'cpuUs', 1],
    ['rooms', '1,000 × room and own', 'cpuUs', 0.3],
    ['broadcast put', '1 put × 1,000 channels', 'cpuUs', 1],
    ['latency', '100 × 100/s', 'p99Ms', 1],
  ]),
  ...over('Socket.IO', [
    ['fan-out', '200 × 5,000/s', 'cpuUs', 0.12],
    ['idle', '10,000 connections', 'bytesEach', 0.85],
  ]),
  ...over('nats-server', [
    ['fan-out', '200 × 5,000/s', 'cpuUs', 0.95],
    ['fan-out', '200 × 20,000/s', 'cpuUs', 0.6],
    ['fan-out', '1,000 × 1,000/s', 'cpuUs', 0.9],
    ['fan-out', '1,000 × 1,000/s', 'p99Ms', 1],
  ]),
  ...over('µWebSockets', [['fan-out', '200 × 5,000/s', 'cpuUs', 1.2]]),
  ...over('floor', [['fan-out', '200 × 20,000/s', 'cpuUs', 1.6]]),
  { scenario: 'fan-out', case: '200 × 20,000/s', figure: 'deliveredShare', atLeast: 0.99 },
  { scenario: 'fan-out', case: '200 × 20,000/s', figure: 'p99Ms', atMost: 100 },
  {
    scenario: 'broadcast put',
    case: '1 put × 1,000 channels',
    figure: 'offsets',
    atLeast: 1_000,
    always: true,
  },
  ...['1 channel', '1,000 channels'].map((name) => ({
    scenario: 'ingest',
    case: name,
    figure: 'messagesPerS',
    over: { contender: 'receive loop' },
    atLeast: 0.65,
  })),
  {
    scenario: 'guarded',
    case: '200 × 5,000/s',
    figure: 'cpuUs',
    contender: 'zerospan, guarded',
    over: { contender: OURS },
    atMost: 1.1,
  },
  {
    scenario: 'events',
    case: '200 × 1,000/s',
    figure: 'cpuUs',
    contender: 'zerospan, events',
    over: { contender: OURS },
    atMost: 1.5,
  },
  ...onDisk([
    ['zerospan, disk', 'ingest 120 B', 'messagesPerS', { atLeast: 0.75 }],
    ['zerospan, disk, interval', 'ingest 120 B', 'messagesPerS', { atLeast: 0.8 }],
    ['zerospan, disk', 'ingest 1 KB', 'messagesPerS', { atLeast: 0.65 }],
    ['zerospan, disk', '200 × 5,000/s', 'cpuUs', { atMost: 1.1 }],
    ['zerospan, disk', '10 × 5,000/s', 'p99Ms', { atMost: 1.3 }],
  ]),
  { scenario: 'idle', case: '10,000 connections', figure: 'bytesEach', atMost: 14 * 1_024 },
  { scenario: 'storm', case: '10,000 connect, 5,000 resume 300 each', figure: 'connectedS', atMost: 30 },
  { scenario: 'storm', case: '10,000 connect, 5,000 resume 300 each', figure: 'resumedS', atMost: 15 },
  ...['lost', 'overserved', 'disordered', 'gaps', 'closed'].map((figure) => ({
    scenario: 'storm',
    case: '10,000 connect, 5,000 resume 300 each',
    figure,
    atMost: 0,
    always: true as const,
  })),
  {
    scenario: 'scale',
    case: '100,000 subscriptions',
    figure: 'cpuUs',
    over: { case: '1,000 subscriptions' },
    atMost: 1.3,
  },
];

/** Judges those bars whose scenarios were run. */
export function judge(rows: readonly Row[]): Verdict[] {
  const run = new Set(rows.map(({ scenario }) => scenario));
  return BARS.filter(({ scenario }) => run.has(scenario)).map((bar) => verdictOn(bar, rows));
}

function verdictOn(bar: Bar, rows: readonly Row[]): Verdict {
  const find = (name: string, contender: string): Spread | undefined =>
    rows.find((row) => row.scenario === bar.scenario && row.case === name && row.contender === contender)
      ?.figures[bar.figure];
  const ours = find(bar.case, bar.contender ?? OURS);
  const theirs = bar.over && find(bar.over.case ?? bar.case, bar.over.contender ?? OURS);
  if (!ours || (bar.over && !theirs)) {
    return { bar, measured: Number.NaN, least: Number.NaN, most: Number.NaN, verdict: 'not measured' };
  }
  // Rounds are interleaved: those with the same number were measured side by side.
  const each = ours.rounds
    .map((value, i) => (theirs ? value / (theirs.rounds[i] ?? Number.NaN) : value))
    .filter((value) => !Number.isNaN(value));
  const [least, most] = [Math.min(...each), Math.max(...each)];
  const worst = bar.atMost === undefined ? least : most;
  const measured = bar.always ? worst : ours.median / (theirs?.median ?? 1);
  const holds = (value: number): boolean => value <= (bar.atMost ?? value) && value >= (bar.atLeast ?? value);
  const within = !bar.always && each.some(holds);
  const verdict = holds(measured) ? 'met' : within ? 'met within the spread' : 'NOT met';
  return { bar, measured, least, most, verdict };
}

/** The bar in words. */
export function wordsOf({ scenario, case: name, figure, over: other, atMost, atLeast }: Bar): string {
  const limit = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  const of = other ? ` of ${other.contender ?? ''}${other.case ? `that at ${other.case}` : ''}` : '';
  return `${scenario}, ${name}: ${figure} ${limit}${of}`;
}
