/**
 * What is promised, measured: each against a real server, in processes of its own.
 *
 *   npm run promises -- [name…] [--short]
 *
 * Without a name all of them, one after another. Ends with 1 if one is not met.
 */
import { parseArgs } from 'node:util';
import { Stage } from '../stage.ts';
import { type Check, lineOf, tableOf } from './check.ts';
import { confirm } from './confirm.ts';
import { cuts } from './cuts.ts';
import { drain } from './drain.ts';
import type { Measurement } from './measurement.ts';
import { restart } from './restart.ts';
import { stopped } from './stopped.ts';
import { storm } from './storm.ts';

const MEASUREMENTS: readonly Measurement[] = [stopped, restart, drain, cuts, storm, confirm];

async function measure(measurement: Measurement, short: boolean): Promise<Check[]> {
  const { name, limitMs } = measurement;
  const stage = new Stage();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([measurement.run(stage, short), limit]);
  } catch (error) {
    return [{ what: 'it runs to its end', measured: String(error), bar: '', verdict: 'NOT met' }];
  } finally {
    clearTimeout(timer);
    await stage.end();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false } },
});
const names = MEASUREMENTS.map(({ name }) => name);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no promise "${unknown}"; there are ${names.join(', ')}.`);
  process.exit(2);
}
const rows: { name: string; check: Check }[] = [];
for (const measurement of MEASUREMENTS) {
  const { name, title } = measurement;
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`${name}: ${title}${values.short ? ' (scaled down)' : ''}`);
  for (const check of await measure(measurement, values.short)) {
    console.log(lineOf(check));
    rows.push({ name, check });
  }
  console.log();
}
console.log(tableOf(rows));
process.exitCode = rows.some(({ check }) => check.verdict === 'NOT met') ? 1 : 0;
