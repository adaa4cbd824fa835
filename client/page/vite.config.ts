import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the page also works below a path prefix of a reverse proxy.
  base: './',
  resolve: { conditions: ['zerospan-source', ...defaultClientConditions] },
  build: {
    outDir: fileURLToPath(new URL('../../server/dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // No inlined assets and no preload script: a strict content security policy must hold.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
