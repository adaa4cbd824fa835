import { channelsOf, Histogram, pause, type TallySummary } from 'zerospan/load';
import { CONTENDERS, type ContenderName, type Running } from '../contenders.ts';
import { cpuMicroseconds, residentBytes } from '../cpu.ts';
import type { PutterPlan, PutterReport } from '../parts/putter.ts';
import type { SubscribersPlan } from '../parts/subscribers.ts';
import type { Part } from '../processes.ts';
import type { Case, Figures } from '../scenario.ts';

/** A steady stream of puts over WebSockets. */
export interface Puts {
  readonly name: string;
  readonly contenders: readonly ContenderName[];
  /** Sockets that put. */
  readonly putters: number;
  /** Sockets that are given what is put. */
  readonly sockets: number;
  readonly shared: readonly string[];
  readonly own: SubscribersPlan['own'];
  /** Every put names all of them. */
  readonly channel: { readonly name: string; readonly count: number };
  /** Puts a second in all. */
  readonly rate: number;
  readonly payloadBytes: number;
  /** Deliveries that follow from one put. */
  readonly deliveries: number;
  /** What the server's CPU is divided by. */
  readonly cpuPer: 'delivery' | 'put';
}

const ROUND_LIMIT_MS = 60_000;

/**
 * When the putters have stopped, the case waits until nothing has come for `SETTLE_MS`, and `SETTLES_MOST` times at
 * most.
 */
const SETTLE_MS = 200;
const SETTLES_MOST = 20;

export function putCase(puts: Puts): Case {
  return {
    name: puts.name,
    contenders: puts.contenders,
    limitMs: ROUND_LIMIT_MS,
    async run(contender, stage, { warmUpMs, measureMs }) {
      const { sockets, shared, own, channel, putters, rate, payloadBytes } = puts;
      const needs = { delivery: 'by channel', rate, payloadBytes } as const;
      const running = await CONTENDERS[contender as ContenderName](stage, needs);
      if ('missing' in running) return running;
      const { url, dialect } = running;
      const listening: SubscribersPlan = { url, dialect, sockets, shared, own, payloadBytes };
      const subscribers = await stage.part('parts/subscribers', listening);
      const channels = channelsOf(channel.name, channel.count);
      const plan: PutterPlan = { url, dialect, sockets: putters, channels, payloadBytes };
      const putter = await stage.part('parts/putter', plan);
      await putter.ask(`start ${rate}`);
      await pause(warmUpMs);
      await putter.ask('stop');
      await settled(subscribers);
      return measured(running, subscribers, putter, puts, measureMs);
    },
  };
}

/** Between two silences, so that at a few puts a second nothing stands on the wrong side of a border. */
async function measured(
  { pid }: Running,
  subscribers: Part,
  putter: Part,
  { rate, deliveries, cpuPer }: Puts,
  measureMs: number,
): Promise<Figures> {
  await putter.ask('count');
  const beforeUs = cpuMicroseconds(pid);
  const beforeMs = performance.now();
  await putter.ask(`start ${rate}`);
  await pause(measureMs);
  await putter.ask('stop');
  const inTime = await subscribers.ask<TallySummary>('report');
  const seconds = (performance.now() - beforeMs) / 1_000;
  const late = await settled(subscribers);
  const usedUs = cpuMicroseconds(pid) - beforeUs;
  const { sent, answered, answerUs, offsets } = await putter.ask<PutterReport>('count');
  const received = [inTime, ...late];
  const sum = (of: (each: TallySummary) => number): number =>
    received.reduce((all, each) => all + of(each), 0);
  const publications = sum((each) => each.publications);
  return {
    numbers: {
      cpuUs: usedUs / (cpuPer === 'put' ? answered : publications),
      cpuShare: usedUs / 1e6 / seconds,
      putsPerS: sent / seconds,
      answeredShare: answered / sent,
      answerMs: Histogram.of([answerUs]).quantile(0.5) / 1_000,
      ...(offsets === null ? {} : { offsets }),
      deliveriesPerS: inTime.publications / seconds,
      deliveredShare: publications / (sent * deliveries),
      rssBytes: residentBytes(pid),
      disordered: sum(({ disordered }) => disordered),
      gaps: sum(({ gaps }) => gaps),
    },
    delays: received.map(({ delays }) => delays),
  };
}

/** What came until nothing came any more. */
async function settled(subscribers: Part): Promise<TallySummary[]> {
  const all: TallySummary[] = [];
  do {
    await pause(SETTLE_MS);
    all.push(await subscribers.ask<TallySummary>('report'));
  } while (all.at(-1)?.publications !== 0 && all.length < SETTLES_MOST);
  return all;
}
