import { UnfitDirectory } from '@zerospan/server/log';
import { EXIT, Failure } from '../../terminal/failure.ts';

type Words = readonly [what: string, remedy: string];

const WORDS: Readonly<Record<UnfitDirectory['fault'], (detail: string) => Words>> = {
  'in-use': (pid) => [
    `a server has it, the process ${pid}`,
    'Stop that server first, or work on a copy of the folder.',
  ],
  'newer-format': (version) => [
    `a newer version of Zerospan has written it (format ${version})`,
    'Use that version, or a newer one.',
  ],
  foreign: (detail) => [`there is no log in it: ${detail}`, 'Name the folder of log.directory.'],
  unusable: (detail) => [detail, 'Name a folder that this user may use.'],
};

/** Does something with a log on disk, and says in words what is wrong with its folder. */
export async function withLog<T>(directory: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof UnfitDirectory)) throw error;
    const [what, remedy] = WORDS[error.fault](error.detail);
    throw new Failure(EXIT.failed, `${directory}: ${what}`, remedy);
  }
}
