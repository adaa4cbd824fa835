/**
 * PORT: sees to it that one process at a time keeps its log in a directory.
 *
 * - `acquire` MUST resolve for one process alone until that calls what it resolved with, or ends in whatever way.
 * - It MUST reject with `UnfitDirectory` otherwise: `in-use` and the pid of the process that has it, also while that
 *   is stopped; `unusable` where nothing can be written.
 * - What a process left behind that has ended MUST NOT be in the way.
 */
export interface DirectoryLock {
  /** @returns releases it. What the log has written must be written by then. */
  acquire(): Promise<() => Promise<void>>;
}
