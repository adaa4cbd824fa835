import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A built work tree of this repository: the one that this file belongs to, or one of another commit. */
export interface Build {
  /** The script behind its `zerospan`. */
  readonly bin: string;
}

interface Manifest {
  readonly workspaces?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
}

/**
 * Which workspace holds the command line has changed, and may change again: so it is the manifests of that tree that
 * say where it is.
 * @param root top folder of a built work tree
 * @throws when the tree has no `zerospan`
 */
export function buildIn(root: string): Build {
  for (const workspace of manifestIn(root).workspaces ?? []) {
    const folder = join(root, workspace);
    const script = manifestIn(folder).bin?.zerospan;
    if (script !== undefined) return { bin: join(folder, script) };
  }
  throw new Error(`no workspace of ${root} has the command "zerospan"`);
}

function manifestIn(folder: string): Manifest {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : {};
}

/** The top folder of the work tree that this file belongs to. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The build of this work tree. */
export const PRESENT: Build = buildIn(ROOT);
