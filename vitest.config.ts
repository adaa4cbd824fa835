import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { seededBug } from './test/support/bugs/plugin.ts';
import { unitBugs } from './test/support/bugs/unit.ts';

const conditions = ['zerospan-source', ...defaultServerConditions];

/** With the name of a bug here, it is put into the code while that is loaded: `test/seeded` shows that tests notice. */
const bugName = process.env.ZEROSPAN_TEST_SEEDED_BUG;
const bug = unitBugs.find(({ name }) => name === bugName);
if (bugName && !bug) throw new Error(`ZEROSPAN_TEST_SEEDED_BUG: there is no bug "${bugName}"`);

function project(name: string, folders: string[], testTimeout: number, isolate = true) {
  return {
    extends: true as const,
    test: {
      name,
      isolate,
      include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
      testTimeout,
      hookTimeout: 2 * testTimeout,
    },
  };
}

export default defineConfig({
  plugins: bug ? [seededBug(() => bug)] : [],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // zeromq's native methods can vanish where a runner reloads modules inside one process.
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 10_000,
    passWithNoTests: false,
    reporters: ['default', './test/support/tally.ts'],
    coverage: { include: ['{shared,client,server,cli}/src/**/*.ts'] },
    projects: [
      // A hundred files in one process: to import everything again for each took longer than all the tests. A time-out
      // finds what hangs; what takes a second of a processor can take ten on a machine that does much else.
      project('unit', ['unit', 'contract'], 60_000, false),
      project('model', ['model'], 300_000),
      project('conformance', ['conformance'], 10_000),
      project('integration', ['integration'], 20_000),
      project('interop', ['interop'], 30_000),
      project('browser', ['browser'], 60_000),
      project('fault', ['fault'], 60_000),
      // From here on: `npm run test:long`.
      project('seeded', ['seeded'], 600_000),
      project('long', ['long'], 1_800_000),
    ],
  },
});
