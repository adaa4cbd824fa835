import { describe, expect, it } from 'vitest';
import { DiskStore } from '../../../../../server/src/logs/disk/disk-store.ts';
import { RunningStore, type StoreOn } from '../../../../support/disk/running-store.ts';
import { SimulatedDisk } from '../../../../support/disk/simulated-disk.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';
import { smallDisk } from '../../../../support/small-disk.ts';

const unsynced: StoreOn = async ({ files, lock, bootId, pid }, clock) => {
  const bounds = smallDisk({ entries: 100, lasts: 0, ageMs: 0 }, clock);
  const release = await lock.acquire();
  return { store: new DiskStore({ ...bounds, files, release, bootId, pid, sync: 'os' }), notes: [] };
};

describe('where entries of a time begin', () => {
  it('is below what a power loss may have taken, if that may be of this time, after one more start as well', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const disk = new SimulatedDisk({ seed });
      const clock = new ManualClock();
      const first = await RunningStore.start(disk, clock, unsynced);
      const { offset, time } = await first.put('"lost, perhaps"');
      disk.powerLoss();
      for (const starts of ['after it', 'once more']) {
        clock.advance(1_000);
        const { store, opened } = await RunningStore.start(disk, clock, unsynced);
        expect(await store.offsetBefore(time), `${starts}, seed ${seed}`).toBeLessThan(offset);
        // It was not written after the start.
        expect(await store.offsetBefore(clock.now() + 1)).toBe(opened.head);
        disk.kill();
      }
    }
  });
});
