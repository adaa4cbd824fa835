import type { Bug } from '../bug.ts';

/** A bug that random scripts of the model cannot reach, and the tests that must fail with it. */
export interface UnitBug extends Bug {
  /** Files of tests, from the top of the repository; with the bug, some of their tests pass. */
  readonly caughtBy: readonly string[];
}
