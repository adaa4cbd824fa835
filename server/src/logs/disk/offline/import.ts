import { readdir } from 'node:fs/promises';
import { type Clock, systemClock } from '@zerospan/shared';
import { type ImportedLog, ImportFault, Importing, type ImportWatch } from '../../lines/importing.ts';
import { linesOf } from '../../lines/lines.ts';
import { openDiskStore } from '../index.ts';

/** Nothing of an import is dropped, whatever its size and age. */
const UNBOUNDED_BYTES = 2 ** 50;

/**
 * Makes a log of lines of JSON, in the order in which they come and with their times. It has a new epoch, and its
 * offsets begin at 1.
 * @param directory is created, or empty
 * @throws ImportFault; UnfitDirectory where the directory cannot be used
 */
export async function importLog(
  chunks: AsyncIterable<Buffer>,
  directory: string,
  watch: ImportWatch = {},
): Promise<ImportedLog> {
  const names = await readdir(directory).catch(() => []);
  if (names.length > 0) throw new ImportFault('taken', `${directory} is not empty`);
  const clock = new LineClock();
  const timed = (time: number): void => {
    clock.time = time;
  };
  const importing = new Importing({ ...watch, timed });
  const store = await openDiskStore({
    directory,
    clock,
    sync: 'os',
    bytes: UNBOUNDED_BYTES,
    ageMs: 0,
    lastBytes: 0,
    isNewEpoch: false,
    onFatal: (error) => importing.fail(error),
    onNotice: () => undefined,
  });
  try {
    return await importing.run(store, linesOf(chunks));
  } finally {
    await store.close();
  }
}

/** A clock that says the time of the line that is imported. */
class LineClock implements Clock {
  time = 0;

  now(): number {
    return this.time;
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  later(delayMs: number, action: () => void): () => void {
    return systemClock.later(delayMs, action);
  }
}
