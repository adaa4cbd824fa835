import { describe, expect, it } from 'vitest';
import { fuzz } from '../fuzz/fuzz.ts';
import { PARSERS } from '../fuzz/parsers.ts';
import { commitSeed } from '../support/commit-seed.ts';

const RUNS = 20_000;

describe('parsers of foreign bytes, with inputs of this commit', () => {
  const seed = commitSeed();

  it.each(PARSERS)(
    '$name keeps its promise for good inputs that something has gone wrong with',
    async (parser) => {
      const { crashes, executions } = await fuzz(parser, { runs: RUNS, seed });
      expect(crashes.map(({ run, error }) => `${parser.name} ${run}: ${String(error)}`)).toEqual([]);
      expect(executions).toBe(RUNS);
    },
  );
});
