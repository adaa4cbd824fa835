import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the console also works below a path prefix of a reverse proxy, or of a plugin.
  base: './',
  resolve: { conditions: ['zerospan-source', ...defaultClientConditions] },
  build: {
    outDir: fileURLToPath(new URL('../../server/dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // No inlined assets and no script in the document: a strict content security policy must hold.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What most screens share is one file: a browser asks for six at a time over HTTP/1.1, and a screen was nine.
        codeSplitting: {
          groups: [{ name: 'parts', test: /console\/src\/(?:parts|data)\//, minShareCount: 3 }],
        },
      },
    },
  },
});
