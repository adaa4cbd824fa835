import { parseArgs } from 'node:util';
import { hunt, story } from './hunt.ts';
import { KEEPERS, type Keeper } from './world.ts';

/** A long search: `npm run model -- --runs 100000 --seed 7 --steps 60`. Exits with 1 when it finds something. */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    /** Another one each time. */
    seed: { type: 'string' },
    /** With a log that is late in every script; without it, in half of them. */
    late: { type: 'boolean', default: false },
    /** What keeps the log: `dense` or `sparse`, an array whose offsets are so; `disk`. Default: memory. */
    store: { type: 'string' },
    /** Steps of the shortest script; the longest has half as many more. */
    steps: { type: 'string', default: '60' },
  },
});
const runs = whole('runs', values.runs);
const least = whole('steps', values.steps);
const seed = values.seed === undefined ? undefined : whole('seed', values.seed);

const beganMs = Date.now();
let done = 0;
let saidMs = beganMs;

function onRun(): void {
  done += 1;
  const nowMs = Date.now();
  if (nowMs - saidMs < 5_000) return;
  saidMs = nowMs;
  const perSecond = (done * 1_000) / (nowMs - beganMs);
  const leftS = Math.max(runs - done, 0) / perSecond;
  console.error(`${done} of ${runs} runs, ${perSecond.toFixed(0)} a second, ${leftS.toFixed(0)} s left`);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  console.error(`--${name} is a whole number, not ${text}`);
  process.exit(2);
}

function storeOf(name: string | undefined): Keeper | undefined {
  const store = KEEPERS.find((one) => one === name);
  if (name === undefined || store) return store;
  console.error(`--store is one of ${KEEPERS.join(', ')}, not ${name}`);
  process.exit(2);
}

const late = values.late || undefined;
const store = storeOf(values.store);
const found = await hunt({ runs, seed, late, store, steps: { least, most: Math.ceil(least * 1.5) }, onRun });
console.log(story(found));
console.log(found.edges.toString());
process.exit(found.failure ? 1 : 0);
