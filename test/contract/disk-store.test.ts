import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { StoredLog } from '../../server/src/core/log/stored-log.ts';
import { DiskStore } from '../../server/src/logs/disk/disk-store.ts';
import { takeDirectory } from '../../server/src/logs/disk/identity/directory.ts';
import { SimulatedDisk } from '../support/disk/simulated-disk.ts';

import { ManualClock } from '../support/manual-clock.ts';
import { settledFirst, smallDisk } from '../support/small-disk.ts';
import { historyContract } from './history.contract.ts';
import { knownChannelsContract } from './known-channels.contract.ts';
import { type LogBounds, logContract } from './log.contract.ts';
import { type StoreUnderTest, storeContract } from './store.contract.ts';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function onDisk(bounds: LogBounds): Promise<StoreUnderTest & { readonly store: DiskStore }> {
  const folder = await mkdtemp(join(tmpdir(), 'zerospan-disk-'));
  folders.push(folder);
  const clock = new ManualClock(Date.now());
  const open = async () =>
    new DiskStore({
      ...smallDisk(bounds, clock),
      ...(await takeDirectory(folder)),
      sync: 'os',
      bootId: 'this one',
      pid: process.pid,
    });
  return underTest(open, clock);
}

async function simulated(bounds: LogBounds): Promise<StoreUnderTest & { readonly store: DiskStore }> {
  const disk = new SimulatedDisk({ seed: 7 });
  const clock = new ManualClock();
  const open = async () => {
    const { files, lock, bootId, pid } = disk.start();
    const release = await lock.acquire();
    return new DiskStore({ ...smallDisk(bounds, clock), files, release, bootId, pid, sync: 'group' });
  };
  return underTest(open, clock);
}

async function underTest(
  open: () => Promise<DiskStore>,
  clock: ManualClock,
): Promise<StoreUnderTest & { readonly store: DiskStore }> {
  const store = await open();
  return { store, clock, reopen: open, settled: () => store.settled() };
}

/** A log over it, of which memory holds a part: reads come from both. */
async function logOver(bounds: LogBounds): Promise<{ readonly log: StoredLog; readonly clock: ManualClock }> {
  const { store, clock } = await simulated(bounds);
  const log = await StoredLog.open(store, { clock, bytes: bounds.entries * 100, ageMs: bounds.ageMs });
  return { log: settledFirst(log, store), clock };
}

storeContract('files of a directory', onDisk);
storeContract('files of a simulated disk', simulated);
logContract('over a simulated disk', logOver);
historyContract('over a simulated disk', logOver);
knownChannelsContract('over a simulated disk', logOver);
