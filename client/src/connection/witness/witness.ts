import type { Clue } from '../failures/failure.ts';

/** What a platform knows of one socket that does not open. */
export interface Witness {
  /** What it knows by now; undefined: nothing but the socket's close code. It MUST NOT throw. */
  clue(): Clue | undefined;
  /**
   * Finds out more; undefined where `clue` is all that can be known. The answer MUST come within a few seconds, and
   * MUST NOT reject. It MUST also work after `stop`.
   */
  inquiry(): (() => Promise<Clue | undefined>) | undefined;
  /** The socket is open, or has ended: it listens to nothing any more. */
  stop(): void;
}
