import type { Store } from '../../core/log/store.ts';
import type { DiskFigures } from './figures.ts';
import { DirectoryRefused } from './identity/refused.ts';
import type { DiskOptions } from './options.ts';

/** A store on disk, for `StoredLog`. */
export interface OpenedDiskStore extends Store {
  readonly figures: DiskFigures;
}

/**
 * Opens a log on disk; `open` of what it answers reads it.
 * @throws DirectoryRefused when the directory cannot be used
 */
export async function openDiskStore({ directory }: DiskOptions): Promise<OpenedDiskStore> {
  throw DirectoryRefused.unusable(directory, new Error('the store is not built yet'));
}
