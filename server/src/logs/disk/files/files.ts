/** What is known of a file beside its bytes. */
export interface FileStat {
  readonly sizeBytes: number;
  /** Its number in the file system, in decimal: it may exceed 2^53. Renames and writes keep it; a copy has another. */
  readonly inode: string;
  /** When it was created, in whole ms since 1970. Some systems answer 0, others the time of its last change. */
  readonly birthMs: number;
}

/** A file that was opened. What it was opened for still holds after it was renamed or removed. */
export interface OpenFile {
  /** The name under which it was opened. */
  readonly name: string;
  /** Reads up to `bytes` from `at`; shorter only where the file ends. */
  read(at: number, bytes: number): Promise<Buffer>;
  /**
   * Writes all of it at `at`, or rejects; then any part of it may be in the file. Nobody may change `data` before that.
   * Above the end of the file, zeros come between.
   */
  write(data: Uint8Array, at: number): Promise<void>;
  /** What was written before the call, data and size, survives a power loss when it resolves. */
  sync(): Promise<void>;
  /** Cuts the file, or appends zeros, which take no space on the disk. It is safe after the next `sync`. */
  truncate(sizeBytes: number): Promise<void>;
  stat(): Promise<FileStat>;
  /** Waits for what is under way. A call that comes later rejects with `EBADF`. Closing twice does no harm. */
  close(): Promise<void>;
}

/** `read`, `update` (read and write): the file must exist, else `ENOENT`. `create`: it must not, else `EEXIST`. */
export type OpenMode = 'read' | 'update' | 'create';

/**
 * PORT: the files of one directory. `test/contract/files.contract.ts` holds every implementation to these sentences.
 *
 * - Errors MUST have the codes of Node: `ENOENT`, `EEXIST`, `ENOSPC`, `EIO`, `EROFS`, `EACCES` …
 * - `write` MUST continue what the system wrote only in part.
 * - Without `sync` a power loss MAY take what was written, wholly or in part and in any order; without `syncDirectory`,
 *   creations, renames and removals. The end of the process takes nothing of what has resolved.
 * - After a `sync` that was rejected, what was written before MUST be taken for lost: a second one says nothing of it.
 * - A rename MUST be whole: whenever it is read, the name has the file of before or the new one.
 * - Nothing is limited here: callers see to it that little is under way at a time.
 */
export interface Files {
  /** Where the directory is, for messages. */
  readonly path: string;
  /** The names of its files, in any order; of nothing else. */
  list(): Promise<string[]>;
  /** Undefined: there is no such file. */
  stat(name: string): Promise<FileStat | undefined>;
  open(name: string, mode: OpenMode): Promise<OpenFile>;
  /** Replaces what `to` named. */
  rename(from: string, to: string): Promise<void>;
  /** Rejects with `ENOENT` where there is no such file. */
  remove(name: string): Promise<void>;
  /** Creations, renames and removals that resolved before the call survive a power loss when it resolves. */
  syncDirectory(): Promise<void>;
}
