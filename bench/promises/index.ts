/**
 * What is promised, measured: each against a real server, in processes of its own.
 *
 *   npm run promises -- [name…] [--short] [--seconds N]
 *
 * Without a name all of them, one after another, but for `console`, which takes three quarters of an hour, and those of
 * the log on disk. `--seconds` is for `console`: how long the bus has run before, and how long each screen is watched.
 * And for `disk-soak`: how long it goes on. Ends with 1 if one is not met.
 */
import { parseArgs } from 'node:util';
import { Interrupted, listenForSignals } from '../interrupt.ts';
import { Stage } from '../stage.ts';
import { type Check, lineOf, tableOf } from './check.ts';
import { confirm } from './confirm.ts';
import { busyConsole } from './console/index.ts';
import { cuts } from './cuts.ts';
import { diskAccepted } from './disk/accepted.ts';
import { diskResume } from './disk/resume.ts';
import { diskSoak } from './disk/soak.ts';
import { diskStart } from './disk/start.ts';
import { drain } from './drain.ts';
import type { Length, Measurement } from './measurement.ts';
import { restart } from './restart.ts';
import { stopped } from './stopped.ts';
import { storm } from './storm.ts';

const MEASUREMENTS: readonly Measurement[] = [
  ...[stopped, restart, drain, cuts, storm, confirm],
  busyConsole,
  ...[diskStart, diskResume, diskAccepted, diskSoak],
];

/** As long as any measurement may be asked to be, in s. */
const SECONDS_MOST = 1_800;

async function measure(measurement: Measurement, short: boolean, length: Length): Promise<Check[]> {
  const { name, limitMs } = measurement;
  const stage = new Stage();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    return await interruption.unless(Promise.race([measurement.run(stage, short, length), limit]));
  } catch (error) {
    // Its folders may be of 10 GB: they go as well, below.
    if (error instanceof Interrupted) throw error;
    return [{ what: 'it runs to its end', measured: String(error), bar: '', verdict: 'NOT met' }];
  } finally {
    clearTimeout(timer);
    await stage.end();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, seconds: { type: 'string' } },
});
const names = MEASUREMENTS.map(({ name }) => name);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no promise "${unknown}"; there are ${names.join(', ')}.`);
  process.exit(2);
}
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (seconds !== undefined && !(seconds >= 1 && seconds <= SECONDS_MOST)) {
  console.error(`--seconds takes a number from 1 to ${SECONDS_MOST}.`);
  process.exit(2);
}
const interruption = listenForSignals();

/** Answers the exit code. */
async function measureAll(): Promise<number> {
  const rows: { name: string; check: Check }[] = [];
  for (const measurement of MEASUREMENTS) {
    const { name, title, isLong = false } = measurement;
    if (positionals.length > 0 ? !positionals.includes(name) : isLong) continue;
    console.log(`${name}: ${title}${values.short ? ' (scaled down)' : ''}`);
    for (const check of await measure(measurement, values.short, { seconds })) {
      console.log(lineOf(check));
      rows.push({ name, check });
    }
    console.log();
  }
  console.log(tableOf(rows));
  return rows.some(({ check }) => check.verdict === 'NOT met') ? 1 : 0;
}

try {
  process.exitCode = await measureAll();
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
