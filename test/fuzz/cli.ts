/**
 * Mutated inputs for the parsers of foreign bytes, as many as one likes; exit code 1 when one of them broke its
 * promise.
 *
 *   npm run fuzz -- [--parser NAME]… [--runs 1000000] [--seed 1]
 *
 * What broke it is saved in a file below the system's folder for such, and named.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { PARSERS } from './parsers.ts';

const { values } = parseArgs({
  options: {
    parser: { type: 'string', multiple: true },
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const names = values.parser ?? PARSERS.map(({ name }) => name);
const [runs, seed] = [Number(values.runs), Number(values.seed)];
const PROGRESS = 100_000;

let crashed = 0;
for (const name of names) {
  const parser = PARSERS.find((each) => each.name === name);
  if (!parser) throw new Error(`no parser ${name}; there are ${PARSERS.map((each) => each.name).join(', ')}`);
  const progress = (executions: number): void => {
    if (executions % PROGRESS === 0) console.log(`  ${name}: ${executions}`);
  };
  const { executions, crashes, tookMs } = await fuzz(parser, { runs, seed, progress });
  crashed += crashes.length;
  const rate = Math.round(executions / (tookMs / 1_000));
  console.log(
    `${name}: ${executions} executions, ${crashes.length} crashes, ${(tookMs / 1_000).toFixed(1)} s, ${rate}/s, seed ${seed}`,
  );
  for (const { input, run, error } of crashes) {
    const file = join(mkdtempSync(join(tmpdir(), 'zerospan-fuzz-')), `${name}-${seed}-${run}`);
    writeFileSync(file, input);
    console.log(`  execution ${run}: ${(error as Error).stack ?? String(error)}\n  saved as ${file}`);
  }
}
process.exitCode = crashed > 0 ? 1 : 0;
