import { describe, expect, it } from 'vitest';
import { StoredLog } from '../../../../server/src/core/log/stored-log.ts';
import { DiskStore } from '../../../../server/src/logs/disk/disk-store.ts';
import type { Sync } from '../../../../server/src/logs/disk/options.ts';
import { SimulatedDisk } from '../../../support/disk/simulated-disk.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { smallDisk } from '../../../support/small-disk.ts';

const ALL = { channels: [], prefixes: ['', '$'] };

/** A log on a disk, and its store. */
async function open(disk: SimulatedDisk, clock: ManualClock, sync: Sync, segmentBytes = 1) {
  const { files, lock, bootId, pid } = disk.start();
  const release = await lock.acquire();
  const bounds = { ...smallDisk({ entries: 1_000, lasts: 0, ageMs: 0 }, clock), segmentBytes };
  const store = new DiskStore({ ...bounds, files, release, bootId, pid, sync });
  return { store, log: await StoredLog.open(store, { clock, bytes: 0, ageMs: 0 }) };
}

async function append(log: StoredLog, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await log.append({ channels: ['a'], payload: Buffer.from(`${i}`), republish: true });
}

const everythingOf = (log: StoredLog) =>
  ({
    order: 'forwards',
    after: 0,
    upTo: log.head,
    filter: ALL,
    dropped: [],
    entries: 1_000,
    bytes: 1e6,
  }) as const;

describe('a log on disk that is closed', () => {
  it('while it is read leaves no file open, and refuses who reads later', async () => {
    const disk = new SimulatedDisk({ seed: 3 });
    const { store, log } = await open(disk, new ManualClock(), 'os');
    await append(log, 30);
    await store.settled();
    const read = store.scan(everythingOf(log));
    await log.close();
    expect(disk.volume.opened).toBe(0);
    expect((await read).entries.length).toBe(30);
    await expect(store.scan(everythingOf(log))).rejects.toThrow('closed');
    expect(disk.volume.opened).toBe(0);
  });

  it.each<Sync>(['group', 'interval', 'os'])(
    'is safe from a power loss from then on, under %s',
    async (sync) => {
      for (let seed = 1; seed <= 10; seed++) {
        const disk = new SimulatedDisk({ seed });
        const clock = new ManualClock();
        const { log } = await open(disk, clock, sync, 1_000_000);
        await append(log, 20);
        const { head, epoch } = log;
        await log.close();
        disk.powerLoss();
        const next = await open(disk, clock, sync, 1_000_000);
        expect([next.log.head, next.log.epoch]).toEqual([head, epoch]);
        expect((await next.store.scan(everythingOf(next.log))).entries.length).toBe(20);
        await next.log.close();
      }
    },
  );
});
