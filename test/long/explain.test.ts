import { describe, expect, it } from 'vitest';
import { commitSeed } from '../support/commit-seed.ts';
import { playHistories } from '../support/explain/histories.ts';

const RUNS = 1_000;

describe('an explanation', () => {
  it(`agrees with all that was seen on the wire, in ${RUNS} random histories`, async () => {
    const said = await playHistories({ seed: commitSeed() % 1e9, runs: RUNS });
    expect(said.get('unknown')).toBe(undefined);
  }, 600_000);

  it('never says anything false where the journal has forgotten something', async () => {
    const said = await playHistories({ seed: commitSeed() % 1e9, runs: RUNS, journalBytes: [600, 8_000] });
    expect(said.get('unknown') ?? 0).toBeGreaterThan(1_000);
  }, 600_000);
});
