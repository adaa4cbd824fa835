import { expect, it } from 'vitest';
import { commitSeed } from '../support/commit-seed.ts';
import { ENDS, flipRun } from '../support/power-loss/damage.ts';
import { powerRun } from '../support/power-loss/run.ts';

const RUNS = 1_000;
const FLIPS = 1_000;

it('a log on disk keeps what it promised, and reports what it lost, through kills and power losses of this commit', async () => {
  const first = commitSeed();
  const broken: string[] = [];
  for (let seed = first; seed < first + RUNS; seed++) {
    const findings = await powerRun(seed);
    if (findings.length > 0) broken.push(`seed ${seed}: ${findings.join('; ')}`);
  }
  expect(broken).toEqual([]);
});

it.each(ENDS)(
  'a log on disk of which one bit was changed gives nothing else than was appended, after a %s',
  async (end) => {
    const first = commitSeed();
    const broken: string[] = [];
    for (let seed = first; seed < first + FLIPS / ENDS.length; seed++)
      broken.push(...(await flipRun(end, seed)).map((finding) => `seed ${seed}: ${finding}`));
    expect(broken).toEqual([]);
  },
);
