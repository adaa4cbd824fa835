import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Shell } from './shell.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/** Programs, which name ports of a server. */
const PROGRAM = /\.(?:js|py)$/;

/** A shell in which the programs of examples/ are, at this shell's ports. */
export async function withExamples(): Promise<Shell> {
  const shell = await Shell.open();
  for (const folder of ['bots', 'panel', 'python']) {
    const from = join(EXAMPLES, folder);
    cpSync(from, join(shell.folder, 'examples', folder), { recursive: true });
    for (const file of readdirSync(from).filter((name) => PROGRAM.test(name)))
      shell.save(`examples/${folder}/${file}`, readFileSync(join(from, file), 'utf8'));
  }
  return shell;
}

/** The lines that a console shows as typed, each for a terminal of its own. */
export function typed(console: string): string[] {
  return console
    .split('\n')
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice(2));
}
