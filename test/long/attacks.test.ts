import { expect, it } from 'vitest';
import { faultsOf } from '../attacks/costs/report.ts';
import { ATTACKS, costs } from '../attacks/costs/run.ts';
import { tracesOf } from '../attacks/report.ts';
import { attacks } from '../attacks/run.ts';
import { faultsOf as faultsOfHeld } from '../attacks/streams/held.ts';
import { streams } from '../attacks/streams/run.ts';
import { commitSeed } from '../support/commit-seed.ts';

it('hundreds of resets at every stage, and thousands of mutated frames, leave nothing behind', async () => {
  const done = await attacks({ resets: 300, malformed: 10_000, seed: commitSeed() });
  expect(done.map((attack) => [attack.name, tracesOf(attack)])).toEqual(done.map(({ name }) => [name, []]));
});

// What it measures in time is judged by `npm run attacks` alone.
it('what one user or native peer makes a server pay stays within bounds, and takes nothing from others', async () => {
  const paid = await costs({ names: 2_000, sessions: 50, scale: 0.1 });
  expect(paid.map((cost) => [cost.attack.name, faultsOf(cost)])).toEqual(
    paid.map(({ attack }) => [attack.name, []]),
  );
  expect(paid).toHaveLength(ATTACKS.length);
});

it('streams over HTTP hold little: readers that do not read, and requests of any number of puts', async () => {
  const all = await streams({ readers: 3, lines: 50_000 });
  expect(all.map((held) => [held.name, faultsOfHeld(held)])).toEqual(all.map(({ name }) => [name, []]));
  expect(all).toHaveLength(7);
});
