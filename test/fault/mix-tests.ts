import { afterAll, describe, expect, it } from 'vitest';
import { MIXES } from './mixes.ts';
import { discardPrograms } from './programs.ts';
import { run } from './run.ts';

/** Another seed with `ZEROSPAN_TEST_SEED`. Chance in time stays: a seed repeats what is tried, not what comes of it. */
const SEED = Number(process.env.ZEROSPAN_TEST_SEED ?? 1);

const SECONDS = 10;

/** Half the mixes: two files run at the same time. */
export function faultTests(half: 0 | 1): void {
  afterAll(discardPrograms);
  const mixes = MIXES.filter((_, index) => index % 2 === half);
  describe('everybody is given everything once and in order, or is told, and puts are what their answers say (S4, C1, G1, P5, P9)', () => {
    it.each(mixes)(`under $name, seed ${SEED}`, { timeout: 120_000 }, async (mix) => {
      const { findings, appended, counts, gaps, traces } = await run(mix, { seed: SEED, seconds: SECONDS });
      expect(findings.list, `traces in ${traces}`).toEqual([]);
      // Not vacuously.
      expect(appended).toBeGreaterThan(500);
      expect(counts.given).toBeGreaterThan(appended);
      expect(counts.puts).toBeGreaterThan(100);
      expect([...gaps.keys()]).toEqual(expect.arrayContaining(['queue', ...(mix.tells ?? [])]));
    });
  });
}
