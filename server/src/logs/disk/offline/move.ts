import { systemClock } from '@zerospan/shared';
import { bootIdOf } from '../identity/boot.ts';
import { takeDirectory } from '../identity/directory.ts';
import { MetaFile, readMeta } from '../identity/meta.ts';
import { verdictOf } from '../identity/verdict.ts';
import { openDiskStore } from '../index.ts';
import { UnfitDirectory } from '../options.ts';
import { filesOfIdleLog } from './log-files.ts';

/** A log that may go on in another place. */
export interface MovedLog {
  /** The absolute path. */
  readonly directory: string;
  readonly epoch: string;
  /** Offset of its newest entry, or above it what may have been given. */
  readonly head: number;
}

/** What is moved has no epoch that could go on elsewhere. `isCopy`: the directory is a copy itself. */
export class NothingToMove extends Error {
  readonly isCopy: boolean;

  constructor(isCopy: boolean) {
    super(
      isCopy
        ? 'it is a copy of another log'
        : 'nothing says which log it is: its file meta is missing or damaged',
    );
    this.isCopy = isCopy;
  }
}

const QUIET = {
  written: () => undefined,
  appended: () => undefined,
  failed: () => undefined,
  droppedUpTo: () => undefined,
  changed: () => undefined,
};

/**
 * Closes a log so that the next start takes it for the same one, wherever it finds it. A log that was not closed is
 * opened first, as by a start.
 * @throws NothingToMove; UnfitDirectory where there is no log, a process uses it, or it cannot be written
 */
export async function moveLog(path: string): Promise<MovedLog> {
  const { path: directory } = await filesOfIdleLog(path);
  await closeLog(directory);
  const { files, release } = await takeDirectory(directory);
  try {
    const found = await readMeta(files);
    if (found.kind !== 'good' || found.meta.cleanHead === undefined)
      throw new UnfitDirectory('unusable', 'what was just written to it cannot be read');
    const { inode: _, birthMs: __, ...meta } = found.meta;
    const file = await MetaFile.begin(files, found, { ...meta, isMoved: true });
    await file.close();
    return { directory, epoch: meta.epoch, head: found.meta.cleanHead };
  } finally {
    await release();
  }
}

async function closeLog(directory: string): Promise<void> {
  const verdict = verdictOf(await readMeta(await filesOfIdleLog(directory)), await bootIdOf());
  if (verdict.kind === 'newer') throw new UnfitDirectory('newer-format', String(verdict.version));
  if (!('meta' in verdict) || verdict.kind === 'copy') throw new NothingToMove(verdict.kind === 'copy');
  if (verdict.meta.cleanHead !== undefined) return;
  let failure: Error | undefined;
  const store = await openDiskStore({
    directory,
    clock: systemClock,
    sync: 'group',
    // Moving drops nothing.
    bytes: 2 ** 50,
    ageMs: 0,
    lastBytes: 2 ** 40,
    isNewEpoch: false,
    onFatal: (error) => {
      failure = error;
    },
    onNotice: () => undefined,
  });
  try {
    await store.open(QUIET);
  } finally {
    await store.close();
  }
  if (failure) throw failure;
}
