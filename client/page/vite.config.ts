import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/**
 * Browsers send an Origin with modules and with whatever is marked crossorigin, and the server rejects one that it does
 * not list. The page has to run all the same, to say what admits it: so its script is a classic one.
 */
const classic: Plugin = {
  name: 'classic-script',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle }) =>
      bundle ? html.replace('type="module" crossorigin', 'defer').replaceAll(' crossorigin', '') : html,
  },
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the page also works below a path prefix of a reverse proxy.
  base: './',
  plugins: [classic],
  resolve: { conditions: ['zerospan-source', ...defaultClientConditions] },
  build: {
    outDir: fileURLToPath(new URL('../../server/dist/page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // No inlined assets and no preload script: a strict content security policy must hold.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rolldownOptions: { output: { format: 'iife' } },
  },
});
