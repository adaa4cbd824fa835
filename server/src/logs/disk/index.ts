import type { Store } from '../../core/log/store.ts';
import type { DiskFigures } from './figures.ts';
import { type DiskOptions, UnfitDirectory } from './options.ts';

/** A store on disk, for `StoredLog`. */
export interface OpenedDiskStore extends Store {
  readonly figures: DiskFigures;
}

/**
 * Opens a log on disk; `open` of what it answers reads it.
 * @throws UnfitDirectory when the directory cannot be used
 */
export async function openDiskStore(_options: DiskOptions): Promise<OpenedDiskStore> {
  throw new UnfitDirectory('unusable', 'the store is not built yet');
}
