import { fileURLToPath } from 'node:url';
import { build, defaultClientConditions, type Rollup } from 'vite';

/** A module and the browser's own client as one script. What the module exports is a global of this name. */
export async function bundle(module: string, name: string, { minify = false } = {}): Promise<string> {
  const entry = fileURLToPath(new URL(module, import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['zerospan-source', ...defaultClientConditions] },
    build: { write: false, minify, target: 'es2023', lib: { entry, formats: ['iife'], name } },
  });
  const [{ output }] = built as [Rollup.RollupOutput];
  return output[0].code;
}
