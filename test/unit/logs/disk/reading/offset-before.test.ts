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
  it.each([
    { behind: 'nothing', safe: 0 },
    { behind: 'one that is safe', safe: 1 },
  ])(
    'is below what a power loss may have taken, behind $behind, if that may be of this time, at later starts as well',
    async ({ safe }) => {
      for (let seed = 1; seed <= 12; seed++) {
        const disk = new SimulatedDisk({ seed });
        const clock = new ManualClock();
        for (let i = 0; i < safe; i++) {
          const before = await RunningStore.start(disk, clock, unsynced);
          await before.put('"safe"');
          await before.store.close();
          disk.kill();
          clock.advance(1_000);
        }
        const first = await RunningStore.start(disk, clock, unsynced);
        const { offset, time } = await first.put('"lost, perhaps"');
        disk.powerLoss();
        for (const starts of ['after it', 'once more']) {
          clock.advance(1_000);
          const again = await RunningStore.start(disk, clock, unsynced);
          const { store, opened } = again;
          expect(await store.offsetBefore(time), `${starts}, seed ${seed}`).toBeLessThan(offset);
          // It was not written after the start.
          expect(await store.offsetBefore(clock.now() + 1)).toBe(opened.head);
          // What comes next stands above all that may be missing.
          const next = await again.put('"next"');
          expect(next.offset).toBeGreaterThan(offset);
          expect(await store.offsetBefore(time), `${starts}, with a next one, seed ${seed}`).toBeLessThan(
            offset,
          );
          disk.kill();
        }
      }
    },
  );
});
