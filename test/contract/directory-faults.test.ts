import { DiskStore } from '../../server/src/logs/disk/disk-store.ts';
import { smallDisk } from '../support/small-disk.ts';
import { AGE_MS, directoryFaults } from './directory-faults.contract.ts';

directoryFaults('a store on disk', async ({ files, lock, bootId, pid }, clock) => {
  const notes: string[] = [];
  const release = await lock.acquire();
  const store = new DiskStore({
    ...smallDisk({ entries: 10_000, lasts: 0, ageMs: AGE_MS }, clock),
    files,
    release,
    bootId,
    pid,
    sync: 'group',
    // How far it is with reading what nobody had closed is no note.
    onNotice: ({ event, text }) => void (event === 'log-reading' || notes.push(text)),
  });
  return { store, notes };
});
