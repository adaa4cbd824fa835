/**
 * Faults for as long as one likes, judged by the traces; exit code 1 when something was found.
 *
 *   npm run faults -- [--seconds 300] [--mix NAME]… [--seed N] [--every-ms 5000] [--quick] [--soak]
 *
 * Without --mix: each of them for its share of the time. --soak: one run of every fault but the
 * server's own end, and what it holds after the first five minutes (or half of the time) and at the end.
 */
import { parseArgs } from 'node:util';
import { MIXES, type Mix, mixOf, SOAK } from './mixes.ts';
import { discardPrograms } from './programs.ts';
import { type Report, run } from './run.ts';
import { Soak } from './soak.ts';
import { QUICK } from './tuning.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    mix: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'every-ms': { type: 'string' },
    quick: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
  },
});

const seed = Number(values.seed);
const seconds = Number(values.seconds);
const everyMs = values['every-ms'] === undefined ? {} : { everyMs: Number(values['every-ms']) };
// Times of the product itself, unless asked otherwise: half-open links then take half a minute to be found.
const tuning = values.quick ? QUICK : {};

function table(reports: readonly Report[]): string {
  const rows = reports.map(({ mix, faults, appended, counts, gaps, settledMs, findings }) => {
    const times = [...faults.values()].reduce((sum, count) => sum + count, 0);
    const found = [...findings.counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing';
    return [
      mix,
      times,
      appended,
      counts.given,
      [...gaps].map(([reason, count]) => `${count} ${reason}`).join(', '),
      counts.welcomes,
      counts.puts,
      `${Math.round(settledMs / 100) / 10} s`,
      found,
    ];
  });
  const all = [
    ['mix', 'faults', 'appended', 'given', 'gaps', 'welcomes', 'puts', 'settled', 'found'],
    ...rows,
  ].map((row) => row.map(String));
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

const soak = values.soak ? new Soak(seconds * 1_000) : undefined;
const mixes: readonly Mix[] = soak ? [SOAK] : values.mix ? values.mix.map(mixOf) : MIXES;
const reports: Report[] = [];
for (const mix of mixes) {
  console.log(`${mix.name}: seed ${seed}`);
  const progress = (text: string): void => console.log(`  ${mix.name}: ${text}`);
  const share = { seed, seconds: seconds / mixes.length, tuning, progress, ...everyMs };
  const report = await run(mix, soak ? { everyMs: 5_000, ...share, sample: soak } : share);
  reports.push(report);
  for (const reason of mix.forbids ?? [])
    if (report.gaps.has(reason))
      report.findings.add('false-gap', 'run', `nobody may be told of a gap ${reason}`);
  for (const { kind, who, what } of report.findings.list.slice(0, 20))
    console.log(`  ${kind}: ${who}: ${what}`);
  if (report.traces) console.log(`  traces: ${report.traces}`);
}
await discardPrograms();
if (soak) console.log(`\n${soak.table()}`);
console.log(`\n${table(reports)}\nseed ${seed}`);
process.exitCode = reports.some(({ findings }) => findings.total > 0) ? 1 : 0;
