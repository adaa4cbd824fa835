import type { EndOfTurn } from '../../core/time-slicer.ts';
import { DiskStore } from './disk-store.ts';
import { bootIdOf } from './identity/boot.ts';
import { takeDirectory } from './identity/directory.ts';
import type { DiskOptions } from './options.ts';

/** A store on disk, for `StoredLog`. */
export type OpenedDiskStore = Pick<DiskStore, keyof DiskStore>;

const endOfTurn: EndOfTurn = (action, restMs = 0) => {
  // Timers know whole ms only: a shorter rest is none.
  if (restMs >= 1) setTimeout(action, restMs);
  else setImmediate(action);
};

/**
 * Takes a directory for a log on disk; `open` of what it answers reads it. The directory is given back by `close`, and
 * where `open` fails.
 * @throws UnfitDirectory when the directory cannot be used
 */
export async function openDiskStore(options: DiskOptions): Promise<OpenedDiskStore> {
  const bootId = await bootIdOf();
  const taken = await takeDirectory(options.directory);
  return new DiskStore({ ...options, ...taken, bootId, pid: process.pid, endOfTurn });
}
