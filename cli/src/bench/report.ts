import { type Counts, Histogram, type PutSummary, type TallySummary } from '../load/index.ts';
import { EXIT } from '../terminal/failure.ts';
import type { BenchPlan } from './plan.ts';
import { whole } from './progress.ts';

/** What was measured, before it is put in order. */
export interface BenchMeasure {
  /** For how long was published, in ms. */
  readonly durationMs: number;
  /** Until the last delivery had come, in ms since the beginning. */
  readonly receivedMs: number;
  readonly interrupted: boolean;
  /** Of the time, so much this process was at work: from 0 to 1. */
  readonly busyShare: number;
  readonly unanswered: number;
  readonly received: TallySummary;
  readonly put: PutSummary;
}

/** Each rounded up by less than 1 in 64; null where nothing was measured. `p999` is p99.9. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** What `--json` writes. Its names are documented in README.md and stay. */
export interface BenchResult {
  readonly url: string;
  readonly ingress: string | null;
  readonly channel: string;
  readonly channels: number;
  readonly publishers: number;
  readonly subscribers: number;
  readonly payloadBytes: number;
  readonly rate: number;
  readonly durationMs: number;
  readonly interrupted: boolean;
  readonly sent: number;
  readonly notSent: number;
  readonly accepted: number | null;
  readonly refused: number | null;
  readonly refusedByCode: Readonly<Record<string, number>>;
  readonly unanswered: number | null;
  readonly due: number;
  readonly received: number;
  readonly lost: number;
  readonly lostPercent: number;
  readonly disordered: number;
  readonly gaps: number;
  readonly connectionsLost: number;
  readonly sentPerSecond: number;
  readonly receivedPerSecond: number;
  readonly busyPercent: number;
  readonly delayMs: Percentiles;
  readonly answerMs: Percentiles | null;
}

export function resultOf(plan: BenchPlan, measure: BenchMeasure): BenchResult {
  const { url, ingress = null, channel, channels, publishers, subscribers, payloadBytes, rate } = plan;
  const { durationMs, receivedMs, interrupted, busyShare, put, received } = measure;
  const native = ingress !== null;
  const lost = Math.max(0, put.due - received.publications);
  return {
    url,
    ingress,
    channel,
    channels: channels.length,
    publishers,
    subscribers,
    payloadBytes,
    rate,
    durationMs: Math.round(durationMs),
    interrupted,
    sent: put.sent,
    notSent: put.notSent,
    accepted: native ? null : put.accepted,
    refused: native ? null : put.refused,
    refusedByCode: put.refusedByCode,
    unanswered: native ? null : measure.unanswered,
    due: put.due,
    received: received.publications,
    lost,
    lostPercent: put.due === 0 ? 0 : places((lost / put.due) * 100, 4),
    disordered: received.disordered,
    gaps: received.gaps,
    connectionsLost: received.closed,
    sentPerSecond: perSecond(put.sent, durationMs),
    receivedPerSecond: perSecond(received.publications, receivedMs),
    busyPercent: places(busyShare * 100, 0),
    delayMs: percentiles(received.delays),
    answerMs: native ? null : percentiles(put.answers),
  };
}

/** 1 when something that was promised did not happen. */
export function exitCodeOfBench(result: BenchResult): number {
  const { lost, disordered, refused, unanswered, connectionsLost } = result;
  return [lost, disordered, refused, unanswered, connectionsLost].some((each) => (each ?? 0) > 0)
    ? EXIT.failed
    : EXIT.ok;
}

/** The result for somebody who reads it. */
export function tableOf(result: BenchResult): string[] {
  const { accepted, refused, unanswered, refusedByCode, answerMs } = result;
  const codes = Object.entries(refusedByCode).map(([code, n]) => `${code} ${whole(n)}`);
  const rows: [string, number | null, string?][] = [
    ['sent', result.sent, `${whole(result.sentPerSecond)}/s`],
    ['not sent', result.notSent],
    ['accepted', accepted],
    ['refused', refused, codes.join(', ')],
    ['unanswered', unanswered],
    ['deliveries due', result.due],
    ['received', result.received, `${whole(result.receivedPerSecond)}/s`],
    ['lost', result.lost, `${result.lostPercent} %`],
    ['disordered', result.disordered],
    ['gaps received', result.gaps],
    ['connections lost', result.connectionsLost],
  ];
  const counts = rows
    .filter(([, value]) => value !== null)
    .map(([name, value, more = '']) =>
      `${name.padEnd(16)} ${whole(value ?? 0).padStart(14)}   ${more}`.trimEnd(),
    );
  const header = ['p50', 'p90', 'p99', 'p99.9', 'max'].map((each) => each.padStart(9)).join('');
  const times: [string, Percentiles | null][] = [
    ['delay, ms', result.delayMs],
    ['answer, ms', answerMs],
  ];
  const lines = times.flatMap(([name, each]) => (each ? [`${name.padEnd(16)}${cells(each)}`] : []));
  return [...counts, '', `${' '.repeat(16)}${header}`, ...lines];
}

/** What a reader should know before believing the figures. */
export function notesOf(result: BenchResult): string[] {
  const { rate, due, received, busyPercent, sentPerSecond } = result;
  const notes: string[] = [];
  if (received > due)
    notes.push(`${whole(received - due)} more came than was due: somebody else puts on these channels`);
  if (rate > 0 && sentPerSecond < 0.95 * rate)
    notes.push(`the rate was not reached: ${whole(sentPerSecond)}/s of ${whole(rate)}/s`);
  if (busyPercent >= 80)
    notes.push(`this process was busy ${busyPercent} % of the time: the figures are partly its own`);
  return notes;
}

function percentiles(counts: Counts): Percentiles {
  const histogram = Histogram.of([counts]);
  const ms = (share: number): number | null =>
    histogram.count === 0 ? null : places(histogram.quantile(share) / 1_000, 3);
  return { p50: ms(0.5), p90: ms(0.9), p99: ms(0.99), p999: ms(0.999), max: ms(1) };
}

function cells({ p50, p90, p99, p999, max }: Percentiles): string {
  return [p50, p90, p99, p999, max]
    .map((each) => (each === null ? '-' : each.toFixed(2)).padStart(9))
    .join('');
}

function perSecond(count: number, ms: number): number {
  return ms > 0 ? places((count * 1_000) / ms, 1) : 0;
}

function places(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
