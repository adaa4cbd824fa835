import { nodeEndOfTurn } from '../../core/time-slicer.ts';
import { DiskStore } from './disk-store.ts';
import { bootIdOf } from './identity/boot.ts';
import { takeDirectory } from './identity/directory.ts';
import type { DiskOptions } from './options.ts';

/** A store on disk, for `StoredLog`. */
export type OpenedDiskStore = Pick<DiskStore, keyof DiskStore>;

/**
 * Takes a directory for a log on disk; `open` of what it answers reads it. The directory is given back by `close`, and
 * where `open` fails.
 * @throws UnfitDirectory when the directory cannot be used
 */
export async function openDiskStore(options: DiskOptions): Promise<OpenedDiskStore> {
  const bootId = await bootIdOf();
  const taken = await takeDirectory(options.directory);
  return new DiskStore({ ...options, ...taken, bootId, pid: process.pid, endOfTurn: nodeEndOfTurn });
}
