import { appendFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, TestSuite } from 'vitest/node';

/**
 * Prints `N passed, N failed` (and `, N skipped`) as the very last line of a run; with `ZEROSPAN_TEST_TALLY`, a file,
 * it adds the line to that instead: `.ci/run` prints one for several runs.
 */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that does not load, or a hook that throws, fails no test of its own: it counts as one failure.
      for (const group of [module, ...module.children.allSuites()]) count.failed += failures(group);
    }
    // A test that was found but never ran is not known to pass.
    const failed = count.failed + count.pending;
    const line = `${count.passed} passed, ${failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`;
    const file = process.env.ZEROSPAN_TEST_TALLY;
    if (file) appendFileSync(file, `${line}\n`);
    // At exit, because other reporters and the closing of the runner still print after this event.
    else process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}

function failures(group: TestModule | TestSuite): number {
  return group.errors().length > 0 ? 1 : 0;
}
