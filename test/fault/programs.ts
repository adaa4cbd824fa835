import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const NAMES = ['server-process', 'client-process', 'publisher-process'] as const;

export type ProgramName = (typeof NAMES)[number];

/** Inside `node_modules`, where packages are found from and nothing else looks. */
const FOLDER = fileURLToPath(new URL('../../node_modules/.zerospan-faults-', import.meta.url));

let built: Promise<string> | undefined;

/** When no more programs are to be begun. A runner of tests may end its process without a word. */
export async function discardPrograms(): Promise<void> {
  if (built) rmSync(await built, { recursive: true, force: true });
  built = undefined;
}

/**
 * Where a program of a run is, as one file: begun from their sources, six processes would keep both cores busy for
 * seconds.
 */
export async function program(name: ProgramName): Promise<string> {
  built ??= bundled();
  return join(await built, `${name}.js`);
}

async function bundled(): Promise<string> {
  const folder = mkdtempSync(FOLDER);
  const conditions = ['zerospan-source', 'node', 'import', 'default'];
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions },
    ssr: { noExternal: [/^@zerospan\//], resolve: { conditions } },
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(
          NAMES.map((name) => [name, fileURLToPath(new URL(`${name}.ts`, import.meta.url))]),
        ),
      },
    },
  });
  return folder;
}
