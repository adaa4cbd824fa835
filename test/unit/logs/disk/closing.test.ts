import { expect, it } from 'vitest';
import { StoredLog } from '../../../../server/src/core/log/stored-log.ts';
import { DiskStore } from '../../../../server/src/logs/disk/disk-store.ts';
import { SimulatedDisk } from '../../../support/disk/simulated-disk.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { smallDisk } from '../../../support/small-disk.ts';

const ALL = { channels: [], prefixes: ['', '$'] };

it('a log that is closed while it is read leaves no file open', async () => {
  const disk = new SimulatedDisk({ seed: 3 });
  const clock = new ManualClock();
  const { files, lock, bootId, pid } = disk.start();
  const release = await lock.acquire();
  const bounds = smallDisk({ entries: 1_000, lasts: 0, ageMs: 0 }, clock);
  const store = new DiskStore({ ...bounds, files, release, bootId, pid, sync: 'os' });
  const log = await StoredLog.open(store, { clock, bytes: 0, ageMs: 0 });
  for (let i = 0; i < 30; i++)
    await log.append({ channels: ['a'], payload: Buffer.from(`${i}`), republish: true });
  await store.settled();
  const scan = { order: 'forwards', after: 0, upTo: log.head, filter: ALL, dropped: [] } as const;
  const read = store.scan({ ...scan, entries: 1_000, bytes: 1e6 });
  await log.close();
  expect(disk.volume.opened).toBe(0);
  expect((await read).entries.length).toBe(30);
});
