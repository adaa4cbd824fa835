import { execFileSync } from 'node:child_process';
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

/** Flags for a log in memory: a version of before there was another kind has none. */
export function memoryFlagsOf({ bin }: Build): readonly string[] {
  let flags = memoryFlags.get(bin);
  if (!flags) {
    const help = execFileSync(process.execPath, [bin, 'serve', '--help'], { encoding: 'utf8' });
    flags = /--log\s/.test(help) ? ['--log', 'memory'] : [];
    memoryFlags.set(bin, flags);
  }
  return flags;
}

const memoryFlags = new Map<string, readonly string[]>();

/** The top folder of the work tree that this file belongs to. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The build of this work tree. */
export const PRESENT: Build = buildIn(ROOT);
