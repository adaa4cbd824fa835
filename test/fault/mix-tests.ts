import { afterAll, describe, expect, it } from 'vitest';
import type { Mix } from './mixes.ts';
import { discardPrograms } from './programs.ts';
import { run } from './run.ts';

/**
 * The seed of the suites that run the same each time. Chance in time stays: a seed repeats what is tried, not what
 * comes of it.
 */
export const ALWAYS_SEED = 1;

export interface FaultTests {
  readonly mixes: readonly Mix[];
  readonly seed: number;
  /** How long faults come, in seconds. */
  readonly seconds: number;
  /** Every second mix, from this one on: two files run at the same time. */
  readonly half: 0 | 1;
}

export function faultTests({ mixes, seed, seconds, half }: FaultTests): void {
  afterAll(discardPrograms);
  const own = mixes.filter((_, index) => index % 2 === half);
  describe('every client is given everything once and in order, or a gap, and puts are what their answers say (S4, C1, G1, P5, P9)', () => {
    it.each(own)(`under $name, seed ${seed}`, { timeout: 120_000 + 2_000 * seconds }, async (mix) => {
      const { findings, appended, counts, gaps, traces } = await run(mix, { seed, seconds });
      expect(findings.list, `traces in ${traces}`).toEqual([]);
      // Not vacuously.
      expect(appended).toBeGreaterThan(500);
      expect(counts.given).toBeGreaterThan(appended);
      expect(counts.puts).toBeGreaterThan(100);
      expect([...gaps.keys()]).toEqual(expect.arrayContaining(['queue', ...(mix.describes ?? [])]));
      for (const reason of mix.forbids ?? []) expect(gaps.get(reason)).toBeUndefined();
    });
  });
}
