import { stat, writeFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Reloaded } from '../../../server/src/auth/reloaded.ts';
import { TestLog, testFolder } from '../../support/tokens.ts';

it('a file is read once for each change, also when it cannot be used, and not at all once it is closed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const file = await (await testFolder()).put('file', 'one');
  const log = new TestLog();
  let reads = 0;
  const read = async () => {
    if (reads++ > 0) throw new Error('not good');
  };
  /** Looks at the file that are under way. */
  const polls: Promise<unknown>[] = [];
  const asked = (path: string) => {
    const poll = stat(path);
    polls.push(poll);
    return poll;
  };
  const reloaded = await Reloaded.open({ setting: 'x', files: [file], read, log, stat: asked });
  /** Lets it look so many times, and waits for what comes of it, which may be another look. */
  const poll = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await vi.advanceTimersByTimeAsync(500);
      while (polls.length > 0) {
        await Promise.allSettled(polls.splice(0));
        await turn();
      }
    }
  };
  await poll(3);
  expect(reads).toBe(1);
  await writeFile(file, 'another');
  await poll(5);
  expect([reads, reloaded.failures, log.lines.length]).toEqual([2, 1, 1]);
  expect(await reloaded.reload()).toBe(false);
  reloaded.close();
  await writeFile(file, 'the third');
  await poll(3);
  expect(reads).toBe(3);
});
