import { StoredLog } from '../core/log/stored-log.ts';
import type { OpenedDiskStore } from '../logs/disk/index.ts';
import { type DirectoryFault, type DiskOptions, UnfitDirectory } from '../logs/disk/options.ts';
import { StartError } from '../zeromq/sockets/start-error.ts';
import type { BusLog, LogBounds } from './bus-log.ts';

const ELSEWHERE =
  'another folder, --log-directory DIR (log.directory), or keep the log in memory, which a restart loses: ' +
  '--log memory (log.kind).';

const MAY_NOT_WRITE = 'Let the user of this process write there.';
const NO_ROOM = 'Make room on that disk.';
const OPEN_FILES = 'Raise the limit of open files, ulimit -n.';
const NO_FOLDER = 'It, or a folder of its path, is a file: move that away.';

/** What can be done about what the system says; of other codes nobody knows it here, and a guess would mislead. */
const REMEDIES: ReadonlyMap<string | undefined, string> = new Map([
  ['EACCES', MAY_NOT_WRITE],
  ['EPERM', MAY_NOT_WRITE],
  ['EROFS', 'Mount that file system for writing.'],
  ['ENOSPC', NO_ROOM],
  ['EDQUOT', NO_ROOM],
  ['EMFILE', OPEN_FILES],
  ['ENFILE', OPEN_FILES],
  ['ENOTDIR', NO_FOLDER],
  ['EEXIST', NO_FOLDER],
  ['EIO', 'Check that disk and its file system.'],
]);

/** What is wrong with a directory, and what can be done about it there. */
const FAULTS: Readonly<
  Record<
    DirectoryFault,
    (detail: string, code?: string) => readonly [reason: string, remedy: string | undefined]
  >
> = {
  'in-use': (pid) => [
    `another server has it, the process ${pid}`,
    'Stop that one: two servers cannot write one log.',
  ],
  'newer-format': (version) => [
    `a newer version of Zerospan has written it (format ${version}); it was left as it is`,
    'Start that version, or a newer one.',
  ],
  foreign: (detail) => [
    `it holds something else than a log: ${detail}; it was left as it is`,
    'Empty it, if nobody needs that.',
  ],
  unusable: (detail, code) => [`it cannot be used: ${detail}`, REMEDIES.get(code)],
};

/** What ended a log that must not go on. The process has to end: nobody knows what is on the disk. */
export class LogLost extends Error {
  override readonly name = 'LogLost';
  readonly remedy =
    'Check the disk and its file system, then start the server again: it finds what is whole, and reports what is not.';

  constructor(directory: string, cause: Error) {
    super(
      `log.directory ${directory}: writing failed (${cause.message}); nobody can know what of it is on the disk, so the server ends`,
      { cause },
    );
  }
}

/**
 * A log on disk, with its newest part in memory.
 * @param open opens the store beneath it
 * @throws StartError when the directory cannot be used
 */
export async function openDiskLog(bounds: LogBounds, open = openStore): Promise<BusLog> {
  const { directory, clock, ageMs, hotBytes, channels, puts, onFailure, onFatal } = bounds;
  try {
    const store = await open({
      ...bounds,
      remembered: puts,
      onFatal: (error) => onFatal(new LogLost(directory, error)),
    });
    try {
      const log = await StoredLog.open(store, { clock, bytes: hotBytes, ageMs, channels, puts, onFailure });
      return Object.assign(log, { disk: store.figures });
    } catch (error) {
      // It may have been opened, and not read: its lock would keep the next try out. Why it failed matters more.
      await store.close().catch(() => undefined);
      throw error;
    }
  } catch (cause) {
    throw startErrorOf(directory, cause);
  }
}

async function openStore(options: DiskOptions): Promise<OpenedDiskStore> {
  // Loaded only where it is needed.
  const { openDiskStore } = await import('../logs/disk/index.ts');
  return openDiskStore(options);
}

/** What is no fault of the directory, is one of this program, and shown as such. */
function startErrorOf(directory: string, cause: unknown): unknown {
  const [fault, detail, error] =
    cause instanceof UnfitDirectory
      ? ([cause.fault, cause.detail, cause.cause] as const)
      : (['unusable', (cause as Error).message, cause] as const);
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  // Codes of Node itself, of a wrong argument or a state, are no answers of the system.
  if (error === cause && (code === undefined || code.startsWith('ERR_'))) return cause;
  const [reason, remedy] = FAULTS[fault](detail, code);
  return new StartError({
    setting: 'log.directory',
    address: directory,
    reason,
    remedy: remedy === undefined ? `Name ${ELSEWHERE}` : `${remedy} Or name ${ELSEWHERE}`,
    cause,
  });
}
