/** Thousands of clients come back at once, each with something missed, while others go on. */
import { execFileSync } from 'node:child_process';
import type { Part } from '../processes.ts';
import { below, type Check, exactly, figure, reported } from './check.ts';
import { askUntil, pause, sharedMs } from './clock.ts';
import type { Measurement } from './measurement.ts';
import type { ProbeReport } from './parts/probe.ts';
import type { SocketsPlan, SocketsReport } from './parts/sockets.ts';
import { Samples } from './samples.ts';

const CHANNEL = 'room';
const MISSED = 300;
const BYTES = 120;
const PROCESSES = 2;
/** Descriptors of the server beside its clients. */
const OTHER_DESCRIPTORS = 200;
/**
 * The probe is judged until this share of them is served. The system may drop attempts to connect, which are made again
 * after 1, 3 and 7 s: in the quiet between them the probe would look better than it is.
 */
const DENSE_SHARE = 0.9;

export const storm: Measurement = {
  name: 'storm',
  title: '5,000 clients resume 300 publications each at once, while a probe puts every 10 ms',
  limitMs: 180_000,
  async run(stage, short): Promise<Check[]> {
    const requested = short ? 1_000 : 5_000;
    const descriptors = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || Infinity;
    const each = Math.floor(Math.min(requested, descriptors - OTHER_DESCRIPTORS) / PROCESSES);
    const size = each * PROCESSES;
    const server = await stage.server();
    const publisher = await stage.part('promises/parts/publisher', {
      address: server.busIngress,
      channel: CHANNEL,
      bytes: BYTES,
    });
    await publisher.ask(`send ${MISSED} 3000`);
    const resume = { epoch: server.epoch, offset: 0 };
    const plan: SocketsPlan = {
      port: server.port,
      channel: CHANNEL,
      resume,
      sockets: each,
      due: MISSED,
    };
    const parts = await Promise.all(
      Array.from({ length: PROCESSES }, () => stage.part('promises/parts/sockets', plan)),
    );
    const probe = await stage.part('promises/parts/probe', { url: server.url, channel: 'live', everyMs: 10 });
    await pause(1_000);
    await probe.ask('report');
    await pause(short ? 2_000 : 5_000);
    const before = await probe.ask<ProbeReport>('report');
    const beganMs = sharedMs();
    await Promise.all(parts.map((part) => part.ask('connect')));
    const servedAre = (share: number): Promise<Sum> =>
      askUntil(
        () => sumOf(parts),
        ({ served, closed }) => served + closed >= share * size,
        90_000,
      );
    await servedAre(DENSE_SHARE);
    const denseMs = sharedMs() - beganMs;
    const during = await probe.ask<ProbeReport>('report');
    await servedAre(1);
    const tookMs = sharedMs() - beganMs;
    // Something twice would come now.
    await pause(1_000);
    const all = await sumOf(parts);
    const [calm, stormy] = [Samples.of([before.delays]), Samples.of([during.delays])];
    return [
      ...(size < requested
        ? [reported('clients', String(size), `a process here may open ${descriptors} descriptors`)]
        : []),
      exactly('clients that were given exactly what they missed', all.served, size),
      exactly('publications, in all', all.publications, size * MISSED),
      exactly('out of order or twice', all.disordered + all.overserved, 0),
      exactly('gaps told, connections closed', all.gaps + all.closed, 0),
      reported(
        'all served after',
        figure(tookMs / 1_000, 's'),
        `nine in ten after ${figure(denseMs / 1_000, 's')}`,
      ),
      reported('p99 of the probe before', `${calm.p99} ms`, `p50 ${calm.p50} ms, ${calm.count} puts`),
      below('p99 of the probe meanwhile', stormy.p99, 250, 'ms'),
      reported('p50, most of it', `${stormy.p50} ms, ${stormy.most} ms`, `${stormy.count} puts`),
    ];
  },
};

interface Sum {
  readonly served: number;
  readonly overserved: number;
  readonly publications: number;
  readonly disordered: number;
  readonly gaps: number;
  readonly closed: number;
}

async function sumOf(parts: readonly Part[]): Promise<Sum> {
  const reports = await Promise.all(parts.map((part) => part.ask<SocketsReport>('report')));
  const sum = (of: (report: SocketsReport) => number): number =>
    reports.reduce((all, each) => all + of(each), 0);
  return {
    served: sum(({ served }) => served),
    overserved: sum(({ overserved }) => overserved),
    publications: sum(({ publications }) => publications),
    disordered: sum(({ disordered }) => disordered),
    gaps: sum(({ gaps }) => gaps),
    closed: sum(({ closed }) => closed.length),
  };
}
