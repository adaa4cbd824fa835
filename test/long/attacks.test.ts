import { expect, it } from 'vitest';
import { tracesOf } from '../attacks/report.ts';
import { attacks } from '../attacks/run.ts';
import { commitSeed } from '../support/commit-seed.ts';

it('hundreds of resets at every stage, and thousands of mutated frames, leave nothing behind', async () => {
  const done = await attacks({ resets: 300, malformed: 10_000, seed: commitSeed() });
  expect(done.map((attack) => [attack.name, tracesOf(attack)])).toEqual(done.map(({ name }) => [name, []]));
});
