import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { seededBug } from './test/support/bugs/plugin.ts';
import { unitBugs } from './test/support/bugs/unit.ts';

const conditions = ['zerospan-source', ...defaultServerConditions];

/** With the name of a bug here, it is put into the code while that is loaded: `test/seeded` shows that tests notice. */
const bugName = process.env.ZEROSPAN_TEST_SEEDED_BUG;
const bug = unitBugs.find(({ name }) => name === bugName);
if (bugName && !bug) throw new Error(`ZEROSPAN_TEST_SEEDED_BUG: there is no bug "${bugName}"`);

/** A time-out finds what hangs: what takes a second of a processor can take twenty on a machine that does much else. */
const TIMEOUT_MS = 120_000;

/**
 * What takes a quarter of a minute and more each: screens of the console with whole stories, connections that fail in
 * every way, rights in a browser, limits that are waited for, the second half of the mixes of faults, documents whose
 * every command is run, packages that are packed and installed, nodes and NATS servers that are killed. They run with
 * `npm run test:long`, so that `npm test` stays within six minutes.
 */
const STORIES = [
  ...[
    'broadcast',
    'channels',
    'clients',
    'explain',
    'messages',
    'messages-stories',
    'receipts',
    'shell-stories',
    'sign-in',
    'votes',
  ].map((screen) => `test/browser/console/${screen}.test.ts`),
  ...[
    'access',
    'documents',
    'events',
    'events-session',
    'failing-connections',
    'failing-pages',
    'forms',
    'reconnecting',
    'votes',
  ].map((page) => `test/browser/${page}.test.ts`),
  ...[
    'access/limits',
    'attacks',
    'bench-command',
    'cluster/processes',
    'http-eventsource',
    'jetstream/faults',
    'jetstream/leases',
    'jetstream/sources',
    'tarballs',
    'threads',
    'work-tree',
  ].map((name) => `test/integration/${name}.test.ts`),
  ...['client', 'deploy', 'examples', 'http', 'native', 'readme', 'tokens'].map(
    (document) => `test/integration/documents/${document}.test.ts`,
  ),
  'test/fault/fault-2.test.ts',
];

function project(name: string, folders: string[], { testTimeout = TIMEOUT_MS, isolate = false } = {}) {
  return {
    extends: true as const,
    test: {
      name,
      isolate,
      include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
      exclude: STORIES,
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
    // zeromq's native methods can vanish where modules are loaded again in threads of one process.
    pool: 'forks',
    // Most files wait for other processes or for time: with a third, two cores have something to do meanwhile.
    maxWorkers: 3,
    teardownTimeout: 10_000,
    // What is asked for again and again has as long as what is waited for: by default it has one second.
    expect: { poll: { timeout: 30_000 } },
    passWithNoTests: false,
    reporters: ['default', './test/support/tally.ts'],
    coverage: { include: ['{shared,client,server,cli}/src/**/*.ts'] },
    projects: [
      // A few processes run all files of a project: to import everything again for each took as long as many tests.
      project('unit', ['unit', 'contract']),
      project('model', ['model'], { testTimeout: 900_000 }),
      project('conformance', ['conformance']),
      project('integration', ['integration']),
      project('interop', ['interop']),
      project('browser', ['browser']),
      project('fault', ['fault']),
      // From here on: `npm run test:long`.
      { ...project('stories', []), test: { ...project('stories', []).test, include: STORIES, exclude: [] } },
      project('seeded', ['seeded'], { testTimeout: 600_000, isolate: true }),
      project('long', ['long'], { testTimeout: 1_800_000, isolate: true }),
    ],
  },
});
