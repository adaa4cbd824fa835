/**
 * Attacks a server in a process of its own; exit code 1 when a bound does not hold. First resets at every stage of the
 * handshake and mutated frames, of which nothing may be left; then what makes a server pay more than it was sent, and
 * what streams over HTTP make it hold.
 *
 *   npm run attacks -- [--resets 1000] [--malformed 100000] [--seed 1]
 *   npm run attacks -- --only-costs [--names 100000] [--sessions 10000] [--match receipts]
 *   npm run attacks -- --only-streams [--readers 10] [--lines 100000]
 */
import { parseArgs } from 'node:util';
import { allFaultsOf, line as costLine } from './costs/report.ts';
import { ATTACKS, costs } from './costs/run.ts';
import { line, tracesOf } from './report.ts';
import { attacks } from './run.ts';
import { allFaultsOf as faultsOfHeld, line as heldLine } from './streams/held.ts';
import { streams } from './streams/run.ts';

const { values } = parseArgs({
  options: {
    resets: { type: 'string', default: '1000' },
    malformed: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    'only-costs': { type: 'boolean', default: false },
    'only-streams': { type: 'boolean', default: false },
    names: { type: 'string', default: '100000' },
    sessions: { type: 'string', default: '10000' },
    match: { type: 'string', default: '' },
    readers: { type: 'string', default: '10' },
    lines: { type: 'string', default: '100000' },
  },
});

async function resetsAndFrames(): Promise<boolean> {
  const done = await attacks({
    resets: Number(values.resets),
    malformed: Number(values.malformed),
    seed: Number(values.seed),
    onDone: (attack) => console.log(line(attack)),
  });
  return done.every((attack) => tracesOf(attack).length === 0);
}

async function whatAttacksCost(): Promise<boolean> {
  console.log(`what attacks cost, among ${values.names} names and ${values.sessions} sessions of others:`);
  const paid = await costs({
    names: Number(values.names),
    sessions: Number(values.sessions),
    attacks: ATTACKS.filter(({ name }) => name.includes(values.match)),
    onDone: (cost) => console.log(costLine(cost)),
  });
  return paid.every((cost) => allFaultsOf(cost).length === 0);
}

async function whatStreamsHold(): Promise<boolean> {
  console.log('what streams over HTTP make the server hold:');
  const all = await streams({
    readers: Number(values.readers),
    lines: Number(values.lines),
    onDone: (held) => console.log(heldLine(held)),
  });
  return all.every((held) => faultsOfHeld(held).length === 0);
}

const { 'only-costs': onlyCosts, 'only-streams': onlyStreams } = values;
const parts = onlyCosts
  ? [whatAttacksCost]
  : onlyStreams
    ? [whatStreamsHold]
    : [resetsAndFrames, whatAttacksCost, whatStreamsHold];
let isGood = true;
for (const part of parts) isGood = (await part()) && isGood;
process.exitCode = isGood ? 0 : 1;
