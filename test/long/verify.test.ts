import { expect, it } from 'vitest';
import { commitSeed } from '../support/commit-seed.ts';
import { unnoticedFlips } from '../support/disk/flips.ts';
import { addLasts, logFolder } from '../support/disk/log-folder.ts';
import { Random } from '../support/random.ts';

it('verify finds each of a thousand flips of a bit in a log on disk', async () => {
  const folder = await logFolder();
  await addLasts(folder);
  expect(await unnoticedFlips(folder, new Random(commitSeed()), 1_000)).toEqual([]);
});
