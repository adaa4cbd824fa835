/**
 * The benchmark: Zerospan beside its peers, or beside another commit of itself; each scenario in processes of its own,
 * rounds interleaved. `npm run bench -- --help` lists the options.
 */
import { writeFileSync } from 'node:fs';
import { againstCommit } from './against/index.ts';
import { Unbuildable } from './against/work-tree.ts';
import { besidePeers } from './beside-peers.ts';
import { Interrupted, listenForSignals } from './interrupt.ts';
import { type Options, readOptions } from './options.ts';
import { machine } from './report/machine.ts';
import { SCENARIOS } from './scenarios/index.ts';

const NOT_GOOD = 1;
const MISTAKE = 2;

async function run(options: Options): Promise<number> {
  const { against, rounds, size, json, markdown } = options;
  const interruption = listenForSignals();
  const about = { machine: machine(), rounds, seconds: size.measureMs / 1_000 };
  const report =
    against === undefined
      ? await besidePeers(options, interruption)
      : await againstCommit(against, options, interruption);
  console.log(`\n${report.markdown}\n`);
  if (json) writeFileSync(json, `${JSON.stringify({ ...about, ...report.data }, undefined, 1)}\n`);
  if (markdown) writeFileSync(markdown, `${report.markdown}\n`);
  return report.isGood ? 0 : NOT_GOOD;
}

async function main(args: readonly string[]): Promise<number> {
  const reading = readOptions(args, SCENARIOS);
  switch (reading.kind) {
    case 'help':
      console.log(reading.text);
      return 0;
    case 'mistake':
      console.error(reading.text);
      return MISTAKE;
    case 'run':
      return run(reading.options);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof Interrupted) {
    console.error(`bench: ${error.message}`);
    // What was under way is given up where it stands, and would keep this process from ending.
    process.exit(error.exitCode);
  }
  if (!(error instanceof Unbuildable)) throw error;
  console.error(error.message);
  process.exitCode = MISTAKE;
}
