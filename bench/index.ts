/**
 * The benchmark: Zerospan beside its peers, each scenario in processes of its own, rounds interleaved.
 *
 *   npm run bench -- [scenario…] [--case TEXT] [--only CONTENDER] [--rounds 5] [--seconds 3] [--short] [--json FILE] [--markdown FILE]
 *
 * Without a scenario all of them. Peers come from a manifest of their own:
 * `npm ci --prefix bench/peers --ignore-scripts`; nats-server from the system. Machines are noisy: only ratios within
 * one run mean something. Ends with 1 if a bar is not met.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { judge } from './report/bars.ts';
import { machine } from './report/machine.ts';
import { type Row, rowOf } from './report/results.ts';
import { barsTable, scenarioTable } from './report/table.ts';
import type { Case, Figures, Scenario, Size } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { Stage } from './stage.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
    markdown: { type: 'string' },
  },
});
const names = SCENARIOS.map(({ name }) => name);
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no scenario "${unknown}"; there are ${names.join(', ')}.`);
  process.exit(2);
}
const rounds = values.short ? 1 : Number(values.rounds);
/**
 * Under the load, before anything is measured: a runtime compiles what it finds hot for seconds, and a server runs for
 * months.
 */
const WARM_UP_MS = 3_000;

const size: Size = {
  warmUpMs: values.short ? 1_000 : WARM_UP_MS,
  measureMs: values.short ? 1_000 : Number(values.seconds) * 1_000,
  short: values.short,
};

/** Contenders that are not here, and how to get them. */
const missing = new Map<string, string>();

async function round(each: Case, contender: string): Promise<Figures | undefined> {
  const stage = new Stage();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${each.limitMs} ms`)), each.limitMs);
  });
  try {
    const answer = await Promise.race([each.run(contender, stage, size), late]);
    if (!('missing' in answer)) return answer;
    missing.set(contender, answer.missing);
  } catch (error) {
    console.log(`  ${contender}: ${String(error)}`);
  } finally {
    clearTimeout(timer);
    await stage.end();
  }
  return undefined;
}

async function measure({ name, cases }: Scenario): Promise<Row[]> {
  const rows: Row[] = [];
  for (const each of cases.filter((one) => one.name.includes(values.case ?? ''))) {
    const measured = new Map<string, (Figures | undefined)[]>();
    for (let i = 1; i <= rounds; i++) {
      for (const contender of each.contenders) {
        if (missing.has(contender) || (values.only && contender !== values.only)) continue;
        const figures = await round(each, contender);
        // A round that failed keeps its place: those with the same number are compared.
        const all = measured.get(contender) ?? [];
        all[i - 1] = figures;
        measured.set(contender, all);
        if (!figures) continue;
        console.log(lineOf(rowOf(name, each.name, contender, [figures]), i));
      }
    }
    for (const [contender, all] of measured) {
      if (all.some((one) => one)) rows.push(rowOf(name, each.name, contender, Array.from(all)));
    }
  }
  return rows;
}

function lineOf({ case: name, contender, figures }: Row, i: number): string {
  const all = Object.entries(figures).map(
    ([figure, { median }]) => `${figure} ${Number(median.toPrecision(4))}`,
  );
  return `  ${name}, round ${i}, ${contender}: ${all.join(', ')}`;
}

const rows: Row[] = [];
const tables: string[] = [];
for (const scenario of SCENARIOS) {
  if (positionals.length > 0 && !positionals.includes(scenario.name)) continue;
  console.log(`${scenario.name}: ${scenario.title}`);
  const own = await measure(scenario);
  rows.push(...own);
  if (own.length > 0) tables.push(`### ${scenario.name}: ${scenario.title}\n\n${scenarioTable(own)}`);
}
const verdicts = judge(rows);
const about = {
  machine: machine(),
  rounds,
  seconds: size.measureMs / 1_000,
  missing: Object.fromEntries(missing),
};
const markdown = [...tables, `### Bars\n\n${barsTable(rows)}`].join('\n\n');
console.log(`\n${markdown}\n`);
for (const [contender, how] of missing) console.log(`${contender} was not measured: ${how}`);
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ ...about, rows, verdicts }, undefined, 1)}\n`);
if (values.markdown) writeFileSync(values.markdown, `${markdown}\n`);
process.exitCode = verdicts.some(({ verdict }) => verdict === 'NOT met') ? 1 : 0;
