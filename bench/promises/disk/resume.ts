/** A thousand clients come back for what is on the disk alone, beside the same from memory. */
import { channelsOf } from 'zerospan/load';
import { metrics } from '../../metrics.ts';
import type { Part } from '../../processes.ts';
import type { Server, Stage } from '../../stage.ts';
import { atMost, type Check, exactly, figure, reported } from '../check.ts';
import { askUntil, pause } from '../clock.ts';
import type { Measurement } from '../measurement.ts';
import type { ProbeReport } from '../parts/probe.ts';
import { Samples } from '../samples.ts';
import { Directory, dropPageCache, median } from './directory.ts';
import type { ResumersPlan, ResumersReport } from './parts/resumers.ts';
import type { RoundsPlan } from './parts/rounds.ts';

/** On disk some 335 bytes each: 300 rounds of 10,000 channels are 1 GB. */
const PAYLOAD_BYTES = 310;
/** Nothing is dropped of either log: an entry in memory is counted with more. */
const LOG_BYTES = 4e9;
const PROCESSES = 2;
const SLOWER_MOST = 2;
const PROBE_P99_MOST_MS = 50;
/** All is synced by then: of what is not, the system would keep its copy in memory. */
const SYNCED_MS = 1_500;

interface Size {
  readonly channels: number;
  readonly rounds: number;
  readonly clients: number;
}

interface Resumed {
  readonly tookMs: number;
  readonly probe: Samples;
  readonly reports: readonly ResumersReport[];
  readonly logBytes: number;
  /** Why the page cache was not dropped before; undefined: it was, or there is none to drop. */
  readonly warm: string | undefined;
}

async function filled(stage: Stage, server: Server, entries: string, size: Size): Promise<void> {
  const plan: RoundsPlan = {
    address: server.busIngress,
    channels: channelsOf('room', size.channels),
    payloadBytes: PAYLOAD_BYTES,
  };
  const publisher = await stage.part('promises/disk/parts/rounds', plan);
  const { sent } = await publisher.ask<{ sent: number }>(`send ${size.rounds}`);
  const has = await askUntil(
    async () => (await metrics(server.url)).sum(entries),
    (held) => held === sent,
    300_000,
  );
  if (has !== sent) throw new Error(`the log holds ${has} of ${sent}`);
  await publisher.end();
}

async function served(parts: readonly Part[]): Promise<ResumersReport[]> {
  return askUntil(
    () => Promise.all(parts.map((part) => part.ask<ResumersReport>('report'))),
    (reports) => reports.every(({ servedMs }) => servedMs !== null),
    180_000,
  );
}

async function resumed(stage: Stage, kind: 'disk' | 'memory', size: Size): Promise<Resumed> {
  const onDisk = kind === 'disk';
  const flags = onDisk
    ? new Directory(stage.folder()).flags(LOG_BYTES)
    : ['--log', 'memory', '--log-bytes', String(LOG_BYTES)];
  const server = await stage.server([], 0, flags);
  await filled(stage, server, onDisk ? 'zerospan_log_disk_entries' : 'zerospan_log_entries', size);
  const now = await metrics(server.url);
  const logBytes = now.sum(onDisk ? 'zerospan_log_disk_bytes' : 'zerospan_log_bytes');
  const names = channelsOf('room', size.channels).slice(0, size.clients);
  const share = Math.ceil(names.length / PROCESSES);
  const parts = await Promise.all(
    Array.from({ length: PROCESSES }, (_, i) => {
      const channels = names.slice(i * share, (i + 1) * share);
      const resume = { epoch: server.epoch, offset: 0 };
      const plan: ResumersPlan = { port: server.port, resume, channels, due: size.rounds };
      return stage.part('promises/disk/parts/resumers', plan);
    }),
  );
  const probe = await stage.part('promises/parts/probe', { url: server.url, channel: 'live', everyMs: 10 });
  await pause(SYNCED_MS);
  const warm = onDisk ? dropPageCache() : undefined;
  await probe.ask('report');
  await Promise.all(parts.map((part) => part.ask('connect')));
  const reports = await served(parts);
  const { delays } = await probe.ask<ProbeReport>('report');
  // Something twice would come now.
  await pause(500);
  const last = await served(parts);
  await stage.clear();
  const tookMs =
    Math.max(...reports.map(({ servedMs }) => servedMs ?? Number.POSITIVE_INFINITY)) -
    Math.min(...reports.map(({ beganMs }) => beganMs));
  return { tookMs, probe: Samples.of([delays]), reports: last, logBytes, warm };
}

function counted(name: string, runs: readonly Resumed[], size: Size): Check[] {
  const all = runs.flatMap(({ reports }) => reports);
  const sum = (of: (report: ResumersReport) => number): number =>
    all.reduce((sum, each) => sum + of(each), 0);
  return [
    exactly(
      `${name}: clients given exactly what they missed`,
      sum(({ served }) => served),
      size.clients * runs.length,
    ),
    exactly(
      `${name}: out of order, or more than due`,
      sum(({ disordered, overserved }) => disordered + overserved),
      0,
    ),
    exactly(
      `${name}: gaps, connections closed`,
      sum(({ troubles }) => troubles),
      0,
    ),
  ];
}

const took = (runs: readonly Resumed[]): number => median(runs.map(({ tookMs }) => tookMs));
const p99 = (runs: readonly Resumed[]): number => median(runs.map(({ probe }) => probe.p99));

export const diskResume: Measurement = {
  name: 'disk-resume',
  title: '1,000 clients resume 300 publications each of 10,000 channels, 1 GB on disk and in memory',
  limitMs: 1_800_000,
  isLong: true,
  async run(stage, short): Promise<Check[]> {
    const size = short
      ? { channels: 1_000, rounds: 60, clients: 100 }
      : { channels: 10_000, rounds: 300, clients: 1_000 };
    const [disk, memory]: [Resumed[], Resumed[]] = [[], []];
    for (let round = 0; round < (short ? 1 : 2); round++) {
      disk.push(await resumed(stage, 'disk', size));
      memory.push(await resumed(stage, 'memory', size));
    }
    const warm = disk.find((run) => run.warm !== undefined)?.warm;
    return [
      reported(
        'bytes of the log',
        figure((disk[0]?.logBytes ?? Number.NaN) / 1e6, 'MB'),
        `in memory ${figure((memory[0]?.logBytes ?? Number.NaN) / 1e6, 'MB')}`,
      ),
      reported(
        'the page cache of the system',
        warm === undefined ? 'dropped before' : 'NOT dropped: what was read was in memory',
        warm,
      ),
      ...counted('disk', disk, size),
      ...counted('memory', memory, size),
      reported('memory: all served after', figure(took(memory) / 1_000, 's')),
      reported('disk: all served after', figure(took(disk) / 1_000, 's')),
      atMost('disk ÷ memory', took(disk) / took(memory), SLOWER_MOST, ''),
      reported('memory: p99 of the probe', figure(p99(memory), 'ms'), `${memory[0]?.probe.count} puts`),
      atMost('disk: p99 of the probe', p99(disk), PROBE_P99_MOST_MS, 'ms'),
    ];
  },
};
