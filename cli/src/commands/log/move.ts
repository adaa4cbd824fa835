import { moveLog, NothingToMove } from '@zerospan/server/log';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { say, type Terminal } from '../../terminal/terminal.ts';
import { withLog } from './reading.ts';

/** Closes a log on disk so that it goes on in the same epoch in another place. */
export async function move(directory: string, terminal: Terminal): Promise<number> {
  try {
    const moved = await withLog(directory, () => moveLog(directory));
    say(terminal, `${moved.directory} may be moved, at offset ${moved.head} of epoch ${moved.epoch}.`);
    say(terminal, 'If you copy it, remove it here: two servers must never go on from it.');
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof NothingToMove)) throw error;
    const remedy = error.isCopy
      ? 'Move the folder that it was copied from. A server that opens a copy begins a new epoch.'
      : 'Move it as it is: a server that opens it begins a new epoch in any case.';
    throw new Failure(EXIT.failed, `${directory}: ${error.message}`, remedy);
  }
}
