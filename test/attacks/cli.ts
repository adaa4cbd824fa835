/**
 * Attacks a server in a process of its own; exit code 1 when a bound does not hold. First resets at every stage of the
 * handshake and mutated frames, of which nothing may be left; then what makes a server pay more than it was sent.
 *
 *   npm run attacks -- [--resets 1000] [--malformed 100000] [--seed 1]
 *   npm run attacks -- --only-costs [--names 100000] [--sessions 10000] [--match receipts]
 */
import { parseArgs } from 'node:util';
import { allFaultsOf, line as costLine } from './costs/report.ts';
import { ATTACKS, costs } from './costs/run.ts';
import { line, tracesOf } from './report.ts';
import { attacks } from './run.ts';

const { values } = parseArgs({
  options: {
    resets: { type: 'string', default: '1000' },
    malformed: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    'only-costs': { type: 'boolean', default: false },
    names: { type: 'string', default: '100000' },
    sessions: { type: 'string', default: '10000' },
    match: { type: 'string', default: '' },
  },
});

let isBroken = false;
if (!values['only-costs']) {
  const done = await attacks({
    resets: Number(values.resets),
    malformed: Number(values.malformed),
    seed: Number(values.seed),
    onDone: (attack) => console.log(line(attack)),
  });
  isBroken = done.some((attack) => tracesOf(attack).length > 0);
}
console.log(`what attacks cost, among ${values.names} names and ${values.sessions} sessions of others:`);
const paid = await costs({
  names: Number(values.names),
  sessions: Number(values.sessions),
  attacks: ATTACKS.filter(({ name }) => name.includes(values.match)),
  onDone: (cost) => console.log(costLine(cost)),
});
process.exitCode = isBroken || paid.some((cost) => allFaultsOf(cost).length > 0) ? 1 : 0;
