import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// One file in place of the one that the compiler wrote: see src/schema.ts.
export default defineConfig({
  root: at('.'),
  build: {
    ssr: at('src/schema.ts'),
    outDir: at('dist'),
    emptyOutDir: false,
    copyPublicDir: false,
    minify: false,
    sourcemap: true,
    license: { fileName: 'schema.license.md' },
    rolldownOptions: { output: { entryFileNames: 'schema.js' } },
  },
  ssr: { noExternal: ['typebox'] },
});
