export type RefusalReason = 'in-use' | 'newer' | 'unusable';

/** A directory in which this process keeps no log: everything in it is as it was. */
export class DirectoryRefused extends Error {
  override readonly name = 'DirectoryRefused';
  readonly reason: RefusalReason;
  /** What to do about it: a sentence or two. */
  readonly remedy: string;

  constructor(reason: RefusalReason, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.remedy = remedy;
  }

  /** @param pid of the process that has it */
  static inUse(path: string, pid: number): DirectoryRefused {
    return new DirectoryRefused(
      'in-use',
      `the process with pid ${pid} keeps its log in ${path}`,
      'End that process, or choose another directory; one log belongs to one process.',
    );
  }

  /** @param version of the format that was found, and the newest that is known here */
  static newer(path: string, version: number, known: number): DirectoryRefused {
    return new DirectoryRefused(
      'newer',
      `the log in ${path} was written in format ${version}, and this version reads formats up to ${known}`,
      'Start the newer version again, or choose another directory. Nothing was changed.',
    );
  }

  /** @param cause why not: an error of the system */
  static unusable(path: string, cause: unknown): DirectoryRefused {
    return new DirectoryRefused(
      'unusable',
      `${path} cannot be used for the log: ${(cause as Error).message}`,
      'Choose a directory in which this user may create files.',
      cause,
    );
  }
}
