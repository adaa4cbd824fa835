import { describe, expect, it } from 'vitest';
import { powerRun } from '../../../../support/power-loss/run.ts';

const SEEDS = Array.from({ length: 100 }, (_, i) => i + 1);

describe('a log on a disk that loses everything that was not synced, in any order', () => {
  it.each(SEEDS)('keeps what it promised, and reports what it lost: seed %i', async (seed) => {
    expect(await powerRun(seed)).toEqual([]);
  });
});
