import { pause } from 'zerospan/load';
import { socketsPossible } from '../descriptors.ts';
import { metrics } from '../metrics.ts';
import type { Part } from '../processes.ts';
import { askUntil } from '../promises/clock.ts';
import type { SocketsPlan, SocketsReport } from '../promises/parts/sockets.ts';
import type { Case, Scenario } from '../scenario.ts';
import type { Server, Stage } from '../stage.ts';

const CHANNEL = 'room';
const MISSED = 300;
const PAYLOAD_BYTES = 120;

/** The load comes from two, so that it is not one of them that takes the time. */
const PROCESSES = 2;

/** A storm that takes longer than this is given up, and reported as it is. */
const PATIENCE_MS = 60_000;

/** Something twice would come until then. */
const TWICE_MS = 1_000;

const connectAndResume: Case = {
  name: '10,000 connect, 5,000 resume 300 each',
  contenders: ['zerospan'],
  limitMs: 180_000,
  async run(_contender, stage, { short }) {
    const server = await stage.server();
    const comers = socketsPossible(short ? 1_000 : 10_000);
    const came = await crowd(stage, server, { sockets: comers, due: 0 });
    const connected = await came.connect(({ subscribed }) => subscribed);
    await came.end();
    await askUntil(
      () => metrics(server.url),
      (now) => now.sum('zerospan_connections') === 0,
      PATIENCE_MS,
    );
    const publisher = await stage.part('promises/parts/publisher', {
      address: server.busIngress,
      channel: CHANNEL,
      bytes: PAYLOAD_BYTES,
    });
    await publisher.ask(`send ${MISSED} 3000`);
    const returners = Math.floor(comers / 2);
    const resume = { epoch: server.epoch, offset: 0 };
    const back = await crowd(stage, server, { sockets: returners, due: MISSED, resume });
    const resumed = await back.connect(({ served, overserved }) => served + overserved);
    await pause(TWICE_MS);
    const all = await back.report();
    return {
      numbers: {
        sockets: connected.received.subscribed,
        connectedS: connected.tookMs / 1_000,
        resumed: all.served,
        resumedS: resumed.tookMs / 1_000,
        lost: Math.max(back.size * MISSED - all.publications, 0),
        overserved: all.overserved,
        disordered: all.disordered,
        gaps: all.gaps,
        closed: connected.received.closed + all.closed,
      },
    };
  },
};

interface Sum {
  readonly subscribed: number;
  readonly served: number;
  readonly overserved: number;
  readonly publications: number;
  readonly disordered: number;
  readonly gaps: number;
  readonly closed: number;
}

/** Sockets of several processes. */
interface Crowd {
  readonly size: number;
  /**
   * Connects all of them at once, without a rate limit; answers when as many as there are have connected, or were
   * closed.
   */
  connect(come: (sum: Sum) => number): Promise<{ readonly received: Sum; readonly tookMs: number }>;
  report(): Promise<Sum>;
  end(): Promise<void>;
}

type CrowdWish = Pick<SocketsPlan, 'sockets' | 'due' | 'resume'>;

async function crowd(stage: Stage, { port }: Server, wish: CrowdWish): Promise<Crowd> {
  const sockets = Math.floor(wish.sockets / PROCESSES);
  const size = sockets * PROCESSES;
  const plan: SocketsPlan = { ...wish, port, channel: CHANNEL, sockets };
  const starting = Array.from({ length: PROCESSES }, () => stage.part('promises/parts/sockets', plan));
  const parts = await Promise.all(starting);
  const report = (): Promise<Sum> => sumOf(parts);
  return {
    size,
    report,
    async connect(come) {
      const beganMs = performance.now();
      await Promise.all(parts.map((part) => part.ask('connect')));
      const received = await askUntil(report, (sum) => come(sum) + sum.closed >= size, PATIENCE_MS);
      return { received, tookMs: performance.now() - beganMs };
    },
    async end() {
      await Promise.all(parts.map((part) => part.end()));
    },
  };
}

async function sumOf(parts: readonly Part[]): Promise<Sum> {
  const all = await Promise.all(parts.map((part) => part.ask<SocketsReport>('report')));
  const sum = (of: (each: SocketsReport) => number): number => all.reduce((so, each) => so + of(each), 0);
  return {
    subscribed: sum(({ subscribed }) => subscribed),
    served: sum(({ served }) => served),
    overserved: sum(({ overserved }) => overserved),
    publications: sum(({ publications }) => publications),
    disordered: sum(({ disordered }) => disordered),
    gaps: sum(({ gaps }) => gaps),
    closed: sum(({ closed }) => closed.length),
  };
}

export const storm: Scenario = {
  name: 'storm',
  title: '10,000 connect and subscribe at once; then 5,000 come back, 300 publications each behind',
  cases: [connectAndResume],
};
