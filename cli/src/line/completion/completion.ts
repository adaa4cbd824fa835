import type { Command } from 'commander';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { type Place, placesOf } from './words.ts';
import { zsh } from './zsh.ts';

const SCRIPTS = { bash, zsh, fish } as const satisfies Record<string, (places: readonly Place[]) => string>;

export type Shell = keyof typeof SCRIPTS;

export const SHELLS = Object.keys(SCRIPTS) as Shell[];

/** A script by which a shell completes the commands, flags and values of a program. */
export function completionOf(program: Command, shell: Shell): string {
  return SCRIPTS[shell](placesOf(program));
}
