import { appendFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';

/** Longest name and message of a failure in the tally, in characters: enough to find it. */
const FAILURE_LENGTH = 1_000;

/**
 * Prints `N passed, N failed` (and `, N skipped`) as the very last line of a run; with `ZEROSPAN_TEST_TALLY`, a file,
 * it adds the line to that instead, with a line `failed: …` for each failure: `.ci/run` prints one tally for several
 * runs, and a reader of its last lines alone knows what failed.
 */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const failures = unhandled.map((error) => failure('an error outside of tests', error));
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        count[state] += 1;
        if (state === 'failed') failures.push(failure(nameOf(test), errors[0]));
        // A test that was found but never ran is not known to pass.
        if (state === 'pending') failures.push(failure(nameOf(test), { message: 'It never ran.' }));
      }
      // A file that does not load, or a hook that throws, fails no test of its own: it counts as one failure.
      for (const group of [module, ...module.children.allSuites()]) {
        const [error] = group.errors();
        if (error) failures.push(failure(nameOf(group), error));
      }
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    const line = `${count.passed} passed, ${failures.length} failed${skipped}`;
    const file = process.env.ZEROSPAN_TEST_TALLY;
    if (file) appendFileSync(file, `${[...failures, line].join('\n')}\n`);
    // At exit, because other reporters and the closing of the runner still print after this event.
    else process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}

function nameOf(part: TestCase | TestSuite | TestModule): string {
  if (part.type === 'module') return `${part.project.name} ${part.relativeModuleId}`;
  return `${part.project.name} ${part.module.relativeModuleId} > ${part.fullName}`;
}

/** On one line, whatever the message holds. */
function failure(name: string, error: { readonly message: string } | undefined): string {
  const text = `failed: ${name}: ${error?.message ?? 'no message'}`;
  return text.replace(/\s+/g, ' ').slice(0, FAILURE_LENGTH);
}
