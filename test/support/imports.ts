import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folders with what the workspaces publish, by the folder of each workspace. */
export const WORKSPACES = ['shared', 'client', 'server', 'cli'] as const;

export interface Import {
  /** A path from the top of the repository for a relative import, else the name as written. */
  target: string;
  typeOnly: boolean;
}

/** What a file imports, types as well, in any of the forms that are allowed here. */
export function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '$1');
  const statements =
    /^\s*(?:import|export)\s+(type\s)?[^;'"`]*?\bfrom\s*['"]([^'"\n]+)['"]|^\s*import\s*()['"]([^'"\n]+)['"]|\bimport\s*\(\s*()['"]([^'"\n]+)['"]/gm;
  return [...code.matchAll(statements)].map((match) => {
    const name = match[2] ?? match[4] ?? match[6] ?? '';
    const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
    return { target, typeOnly: match[1] !== undefined };
  });
}

/** Source files below a folder, by their paths from the top of the repository. */
export function sources(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]sx?$/.test(name))
    .map((name) => join(folder, name));
}

export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Every source file of the packages. */
export const SOURCES: readonly string[] = WORKSPACES.flatMap((workspace) => sources(`${workspace}/src`));

/** What the server shows in a browser: not published as modules, and held to the same rules. */
export const PAGE_SOURCES: readonly string[] = sources('client/console/src');
