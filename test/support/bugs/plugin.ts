import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { type Bug, seeded } from './bug.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Puts a bug into its file when that is loaded.
 * @param current the bug to put in now; undefined: none
 * @param onSeeded called each time that it was put in
 */
export function seededBug(current: () => Bug | undefined, onSeeded: () => void = () => {}): Plugin {
  return {
    name: 'seeded-bug',
    enforce: 'pre',
    transform: (text, id) => {
      const bug = current();
      if (!bug || id !== `${root}${bug.file}`) return undefined;
      onSeeded();
      return { code: seeded(text, bug), map: null };
    },
  };
}
