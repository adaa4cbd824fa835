/** A server is killed and started again on a log of 1 GB: what its start costs, and what room the log takes. */
import { tmpdir } from 'node:os';
import { cpuMicroseconds, residentBytes } from '../../cpu.ts';
import type { Stage } from '../../stage.ts';
import { atMost, below, type Check, figure, reported } from '../check.ts';
import { pause } from '../clock.ts';
import type { Measurement } from '../measurement.ts';
import { Directory, freeBytes, killed, median } from './directory.ts';
import { type Filled, filledFromZeroMq, filledWithPuts } from './filled.ts';
import { retained } from './retained.ts';

const GB = 1e9;
/** What the larger log needs, and some. */
const TENFOLD_FREE_BYTES = 12 * GB;

const CPU_MOST_S = 1;
const GROWTH_MOST = 2;
const SPACE_MOST = 1.05;
/** Beside a text, an entry may take this much. */
const BESIDE_BYTES = 24;
/** `log.hotBytes`, which nothing here sets otherwise. */
const HOT_BYTES = 64 * 1024 * 1024;
const RESIDENT_MOST_MB = (150e6 + HOT_BYTES) / 1e6;
/** Keys of puts are remembered as long. */
const REMEMBERED_S = 300;

/** One start, from the process's beginning until it says that it is ready. */
interface Start {
  readonly cpuS: number;
  readonly readyMb: number;
  /** A while later. */
  readonly laterMb: number;
}

type Log = Pick<Filled, 'directory' | 'logBytes'>;

async function startOn(stage: Stage, { directory, logBytes }: Log, laterMs: number): Promise<Start> {
  const { part } = await stage.server([], 0, directory.flags(logBytes));
  const cpuS = cpuMicroseconds(part.pid) / 1e6;
  const readyMb = residentBytes(part.pid) / 1e6;
  await pause(laterMs);
  const laterMb = residentBytes(part.pid) / 1e6;
  await killed(part);
  return { cpuS, readyMb, laterMb };
}

/** Starts on each of these logs in turn, so that what the machine does beside hits all of them alike. */
async function inTurns(
  stage: Stage,
  logs: readonly (() => Log)[],
  rounds: number,
  laterMs: number,
): Promise<Start[][]> {
  const starts = logs.map((): Start[] => []);
  for (let round = 0; round < rounds; round++)
    // Memory is looked up once: nothing but the wait for it would be repeated.
    for (const [i, log] of logs.entries())
      starts[i]?.push(await startOn(stage, log(), round === rounds - 1 ? laterMs : 0));
  return starts;
}

const cpuOf = (starts: readonly Start[] = []): number => median(starts.map(({ cpuS }) => cpuS));

function memory(name: string, starts: readonly Start[] = []): Check[] {
  return [
    atMost(
      `${name}: resident when ready`,
      Math.max(...starts.map(({ readyMb }) => readyMb)),
      RESIDENT_MOST_MB,
      'MB',
    ),
    atMost(`${name}: resident a while later`, starts.at(-1)?.laterMb ?? Number.NaN, RESIDENT_MOST_MB, 'MB'),
  ];
}

function space(name: string, { directory, entries, textBytes, keyBytes }: Filled): Check[] {
  const { bytes, blockBytes, files } = directory.taken;
  const due = textBytes + BESIDE_BYTES * entries + keyBytes;
  return [
    reported(`${name}: entries`, figure(entries), `${files} files, ${figure(bytes / 1e6, 'MB')}`),
    atMost(`${name}: bytes ÷ (texts + ${BESIDE_BYTES} an entry + keys)`, bytes / due, SPACE_MOST, ''),
    atMost(`${name}: the same of blocks`, blockBytes / due, SPACE_MOST, ''),
  ];
}

async function tenfold(stage: Stage, bytes: number, laterMs: number, beside: number): Promise<Check[]> {
  const free = freeBytes(tmpdir());
  if (free < TENFOLD_FREE_BYTES) {
    const has = `${figure(free / GB, 'GB')} free, ${TENFOLD_FREE_BYTES / GB} needed`;
    return [reported('ten times the log', 'SKIPPED', has)];
  }
  const filled = await filledFromZeroMq(stage, 10 * bytes);
  const [starts] = await inTurns(stage, [() => filled], 3, laterMs);
  const name = 'ten times, ZeroMQ';
  return [
    atMost(`${name}: CPU of a start`, cpuOf(starts), GROWTH_MOST * beside, 's'),
    ...memory(name, starts),
    ...space(name, filled),
  ];
}

export const diskStart: Measurement = {
  name: 'disk-start',
  title: 'the server of a log of 1 GB on disk killed with -9 and started again',
  limitMs: 3_000_000,
  isLong: true,
  async run(stage, short): Promise<Check[]> {
    const bytes = short ? GB / 32 : GB;
    const laterMs = short ? 500 : 10_000;
    const zeromq = await filledFromZeroMq(stage, bytes);
    // The newest ones: their keys are remembered.
    const puts = await filledWithPuts(stage, bytes);
    const empty = (): Log => ({ directory: new Directory(stage.folder()), logBytes: zeromq.logBytes });
    const spaces = [...space('ZeroMQ', zeromq), ...space('puts', puts)];
    const starts = await inTurns(stage, [empty, () => puts, () => zeromq], short ? 1 : 3, laterMs);
    const [none, ofPuts, ofZeroMq] = starts;
    return [
      ...spaces,
      below('puts: written within', puts.tookMs / 1_000, REMEMBERED_S, 's'),
      reported('empty: CPU of a start', figure(cpuOf(none), 's')),
      atMost('ZeroMQ: CPU of a start', cpuOf(ofZeroMq), CPU_MOST_S, 's'),
      atMost('puts: CPU of a start', cpuOf(ofPuts), CPU_MOST_S, 's'),
      ...memory('ZeroMQ', ofZeroMq),
      ...memory('puts', ofPuts),
      ...(await retained(stage, zeromq, bytes, short ? 3 : 30)),
      ...(short ? [] : await tenfold(stage, bytes, laterMs, cpuOf(ofZeroMq))),
    ];
  },
};
