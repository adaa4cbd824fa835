import { describe, expect, it } from 'vitest';
import { commitSeed } from '../support/commit-seed.ts';
import { EDGES } from '../support/model/edges.ts';
import { ALWAYS, hunt, huntFor, story } from '../support/model/hunt.ts';

const SEARCH_MS = 90_000;

/** Of the fixed seed: `npm test` runs the first of them. */
const FIXED_RUNS = 2_000;

describe('the bus and its clients against a ledger, with scripts of this commit', () => {
  const seed = commitSeed();

  it.each([
    { least: 60, most: 90 },
    { least: 120, most: 180 },
  ])('scripts of $least to $most steps show nothing', async (steps) => {
    const found = await huntFor(SEARCH_MS, { seed, steps });
    expect(found.failure, story(found)).toBeUndefined();
    console.log(story(found));
  });

  it('scripts over a disk that outlives the server show nothing', async () => {
    const found = await huntFor(SEARCH_MS, { seed, store: 'disk', steps: { least: 60, most: 120 } });
    expect(found.failure, story(found)).toBeUndefined();
    console.log(story(found));
  });
});

it.each([false, true])('the scripts of the fixed seed, all of them, late: %s', async (late) => {
  const found = await hunt({ ...ALWAYS, runs: FIXED_RUNS, late });
  expect(found.failure, story(found)).toBeUndefined();
  for (const edge of EDGES) expect(found.edges.of(edge), edge).toBeGreaterThan(10);
});
