import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { unitBugs } from '../support/bugs/unit.ts';
import { endsWithUs } from '../support/children.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

interface Report {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
}

/** Runs files of tests with a bug put into the code while it is loaded: see `vitest.config.ts`. */
function runWith(bug: string, files: readonly string[]): Promise<Report> {
  const env: NodeJS.ProcessEnv = { ...process.env, ZEROSPAN_TEST_SEEDED_BUG: bug };
  // Of the run around this one: a child that finds them takes itself for one of its workers.
  for (const name of Object.keys(env)) if (name.startsWith('VITEST')) delete env[name];
  const args = [vitest, 'run', '--reporter=json', '--silent=true', ...files];
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: root, env, maxBuffer: 1 << 26 },
      (_, stdout, stderr) => {
        const json = stdout.split('\n').find((line) => line.startsWith('{'));
        if (json) resolve(JSON.parse(json) as Report);
        else reject(new Error(`the run with "${bug}" gave no report: ${stderr || stdout}`));
      },
    );
    endsWithUs(child);
  });
}

describe('the tester tested: a bug in the code fails the tests that are named with it', () => {
  for (const { name, caughtBy } of unitBugs) {
    it(name, async () => {
      const { numFailedTests, numPassedTests } = await runWith(name, caughtBy);
      // Some pass: it is the bug that is noticed, not a file that cannot be loaded.
      expect(numPassedTests).toBeGreaterThan(0);
      expect(numFailedTests).toBeGreaterThan(0);
    });
  }
});
