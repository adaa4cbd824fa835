import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Audit } from './audit.ts';
import { Checker } from './checker/checker.ts';
import type { Findings } from './checker/findings.ts';
import type { FaultName } from './faults.ts';
import type { Mix } from './mixes.ts';
import { Schedule } from './schedule.ts';
import type { Figures } from './server-process.ts';
import { QUICK, type Tuning } from './tuning.ts';
import { type Scale, World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  /** How long faults come, in seconds. */
  readonly seconds: number;
  /** Time from the beginning of one fault to that of the next, in ms, unless it lasts longer. Default 1,000. */
  readonly everyMs?: number;
  /** Default: times and limits made short. */
  readonly tuning?: Tuning;
  /** Called with what the server holds, every so many ms. */
  readonly sample?: { readonly everyMs: number; take(figures: Figures, passedMs: number): void };
  readonly progress?: (text: string) => void;
}

export interface Report {
  readonly mix: string;
  readonly seed: number;
  readonly findings: Findings;
  readonly faults: ReadonlyMap<FaultName, number>;
  readonly appended: number;
  readonly counts: Checker['counts'];
  readonly gaps: Checker['gaps'];
  /** From the last fault until everybody had everything, in ms. */
  readonly settledMs: number;
  /** Where the traces of a run with findings are. */
  readonly traces: string | undefined;
}

/** Everybody has everything by then after the last fault, or it counts as lost. */
const UNSEEN_MS = 60_000;

/** How often the traces are read, in ms. */
const READ_MS = 200;

/** How often a long run tells how it goes, in ms. */
const REPORT_MS = 10_000;

const SCALE: Omit<Scale, 'tuning'> = {
  clients: 3,
  nativeRate: 100,
  putRate: 15,
  padBytes: 100,
  log: {},
};

/** Runs a mix of faults against everything that is real, and judges it by its traces. */
export async function run(mix: Mix, options: RunOptions): Promise<Report> {
  const { seed, seconds, everyMs = 1_000, tuning = QUICK, sample } = options;
  const folder = await mkdtemp(join(tmpdir(), `zerospan-faults-${mix.name}-`));
  const scale: Scale = { ...SCALE, tuning, ...mix.scale };
  const world = await World.start(folder, scale, seed, sample !== undefined);
  const checker = new Checker({ holdsHistory: mix.holdsHistory ?? true });
  const names = world.clients.map(({ name }) => name);
  const audit = new Audit(folder, names, checker);
  try {
    const schedule = new Schedule(mix, world, seed, everyMs);
    await watched(schedule.play(seconds), world, audit, options);
    const settledMs = await settle(world, audit);
    await world.close();
    for (const fault of world.faults) checker.findings.add('process-fault', 'run', fault);
    const findings = audit.end();
    const failed = findings.total > 0;
    if (!failed) rmSync(folder, { recursive: true, force: true });
    const { appended, counts, gaps } = checker;
    const traces = failed ? folder : undefined;
    return {
      mix: mix.name,
      seed,
      findings,
      faults: schedule.counts,
      appended,
      counts,
      gaps,
      settledMs,
      traces,
    };
  } finally {
    audit.stop();
    await world.kill();
  }
}

/** While faults come: reads the traces, looks at the server, tells how it goes. */
async function watched(
  playing: Promise<void>,
  world: World,
  audit: Audit,
  { sample, progress }: RunOptions,
): Promise<void> {
  const beganMs = performance.now();
  let over = false;
  const mark = (): void => {
    over = true;
  };
  void playing.then(mark, mark);
  let sampledMs = beganMs;
  let reportedMs = beganMs;
  while (!over) {
    await pause(READ_MS);
    audit.read();
    const nowMs = performance.now();
    if (sample && nowMs - sampledMs >= sample.everyMs) {
      sampledMs = nowMs;
      // It may just be away.
      const figures = await world.figures().catch(() => undefined);
      if (figures) sample.take(figures, nowMs - beganMs);
    }
    if (nowMs - reportedMs < REPORT_MS) continue;
    reportedMs = nowMs;
    progress?.(`${Math.round((nowMs - beganMs) / 1_000)} s: ${audit.words}`);
  }
  await playing;
}

/** The faults are over: answers how long it took until everybody had everything, or until it is taken for lost. */
async function settle(world: World, audit: Audit): Promise<number> {
  const beganMs = performance.now();
  world.quieten();
  let finished = false;
  const finish = world.finish(UNSEEN_MS).then(() => {
    finished = true;
  });
  do {
    await pause(READ_MS);
    audit.read();
  } while (!(finished && audit.checker.settled) && performance.now() < beganMs + UNSEEN_MS);
  await finish;
  return performance.now() - beganMs;
}
