import fc from 'fast-check';
import { describe, it } from 'vitest';
import { run } from '../../support/model/run.ts';
import { settings, steps } from '../../support/model/steps.ts';

/**
 * The same scripts in every run of all tests; others in a long search, which says its seed when it finds something:
 * `ZEROSPAN_TEST_RUNS=50000 npx vitest run --project unit test/unit/model`, and `ZEROSPAN_TEST_SEED` to find it again.
 */
const RUNS = process.env.ZEROSPAN_TEST_RUNS;
const SEED = process.env.ZEROSPAN_TEST_SEED ?? (RUNS === undefined ? '1' : undefined);

/** For a long search, a day: it ends by its number of runs. */
const TIMEOUT_MS = RUNS === undefined ? 120_000 : 86_400_000;

describe('the bus and its clients against a ledger', () => {
  it(
    'whatever happens in whatever order, each subscriber has all that it wants once, in order, or is told; each put is appended once or its outcome is unknown',
    async () => {
      const script = fc.array(steps, { maxLength: 120, size: 'max' });
      const property = fc.asyncProperty(settings, script, async (setting, some) => {
        await run(setting, some);
      });
      await fc.assert(property, {
        numRuns: Number(RUNS ?? 2_000),
        ...(SEED !== undefined && { seed: Number(SEED) }),
      });
    },
    TIMEOUT_MS,
  );
});
