/**
 * Resets at every stage of the handshake and mutated frames, against a server in a process of its own; exit code 1 when something is left of them.
 *
 *   npm run attacks -- [--resets 1000] [--malformed 100000] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { line, tracesOf } from './report.ts';
import { attacks } from './run.ts';

const { values } = parseArgs({
  options: {
    resets: { type: 'string', default: '1000' },
    malformed: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
});
const done = await attacks({
  resets: Number(values.resets),
  malformed: Number(values.malformed),
  seed: Number(values.seed),
  told: (attack) => console.log(line(attack)),
});
process.exitCode = done.some((attack) => tracesOf(attack).length > 0) ? 1 : 0;
