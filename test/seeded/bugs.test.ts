import { AssertionError } from 'node:assert';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bugs } from '../support/bugs/bugs.ts';
import { Loader } from '../support/bugs/loader.ts';
import { ALWAYS } from '../support/model/hunt.ts';

/** Runs by which it is seen that it is the bug that is noticed, not the way in which the code is loaded. */
const RUNS_WITHOUT = 100;

/** Scripts in which each bug has to be caught: some need a rare one. */
const RUNS = 5_000;

// With the very scripts that show nothing where there is no bug: `test/model`.
describe('the tester tested: a bug in the code is caught by the model test', () => {
  let loader: Loader;

  beforeAll(async () => {
    loader = await Loader.start();
  });

  afterAll(async () => {
    await loader.end();
  });

  for (const bug of bugs) {
    it(bug.name, async ({ annotate }) => {
      const hunt = await loader.load(bug);
      const { runs, failure } = await hunt({
        ...ALWAYS,
        runs: RUNS,
        late: bug.store ? undefined : bug.late === true,
        store: bug.store,
        shrinks: false,
      });
      expect(failure?.error, `in ${runs} runs`).toBeInstanceOf(AssertionError);
      await annotate(`noticed in run ${runs + 1}: ${String(failure?.error).slice(0, 200)}`);
    });
  }

  it('and without a bug nothing is', async () => {
    const hunt = await loader.load(undefined);
    const { failure } = await hunt({ ...ALWAYS, runs: RUNS_WITHOUT });
    expect(failure).toBeUndefined();
  });
});
