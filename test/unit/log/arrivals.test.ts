import { describe, expect, it } from 'vitest';
import { StoredLog } from '../../../server/src/core/log/stored-log.ts';
import { MemoryLog } from '../../../server/src/logs/memory/index.ts';
import { ArrayStore } from '../../support/array-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const failures: unknown[] = [];
const clock = new ManualClock();
const options = {
  clock,
  bytes: 1e8,
  ageMs: 0,
  onFailure: (error: unknown) => failures.push(error),
};

describe.each([
  { name: 'in memory', open: async () => new MemoryLog({ ...options, lastBytes: 0 }) },
  {
    name: 'over a store',
    open: () =>
      StoredLog.open(
        new ArrayStore({ clock, later: async () => {}, entries: 100, lasts: 0, ageMs: 0 }),
        options,
      ),
  },
])('a log $name', ({ open }) => {
  it('calls all that follow it though one of them throws, reports that, and says what it appended', async () => {
    failures.length = 0;
    const log = await open();
    const fault = new Error('of one who follows');
    const seen: number[] = [];
    const follow = () => log.follow(({ offset }) => void seen.push(offset));
    follow();
    log.follow(() => {
      throw fault;
    });
    follow();
    const appended = await log.append({ channels: ['a', 'b'], payload: Buffer.from('1'), republish: true });
    await log.appendGap({ channels: ['c'], missed: 1 });
    expect(appended.offsets).toEqual([1, 2]);
    expect([seen, failures]).toEqual([
      [1, 1, 2, 2, 3, 3],
      [fault, fault, fault],
    ]);
  });
});
