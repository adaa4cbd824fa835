import { readdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from '../../processes.ts';
import { signal } from '../../stage.ts';

/** What the files of a log take. */
export interface Taken {
  readonly files: number;
  /** As their lengths say. */
  readonly bytes: number;
  /** On the disk: whole blocks, those allocated ahead included, holes left out. */
  readonly blockBytes: number;
}

/** What `stat` counts blocks in, whatever the blocks of the file system are. */
const STAT_BLOCK_BYTES = 512;

/** The folder of a log on disk, seen from outside of its server. */
export class Directory {
  readonly path: string;

  /** @param folder that it lies in. It is not created: a server does that */
  constructor(folder: string) {
    this.path = join(folder, 'log');
  }

  /** Flags of a server that keeps its log there. */
  flags(logBytes: number, sync = 'group'): string[] {
    return [
      ...['--log', 'disk', '--log-directory', this.path, '--log-sync', sync],
      ...['--log-bytes', String(logBytes)],
    ];
  }

  get taken(): Taken {
    const stats = readdirSync(this.path).flatMap((name) => {
      // One may be dropped between the two.
      const stat = statSync(join(this.path, name), { throwIfNoEntry: false });
      return stat?.isFile() ? [stat] : [];
    });
    return {
      files: stats.length,
      bytes: stats.reduce((sum, { size }) => sum + size, 0),
      blockBytes: stats.reduce((sum, { blocks }) => sum + blocks * STAT_BLOCK_BYTES, 0),
    };
  }
}

/** Room on the disk of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/**
 * Has the system forget what it holds of files, so that they are read from the disk. What is not synced stays.
 * @returns why it could not; undefined: it has
 */
export function dropPageCache(): string | undefined {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Kills a process with -9; resolves when it is gone. */
export async function killed(part: Part): Promise<void> {
  signal(part.pid, 'SIGKILL');
  await part.end();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below = Number.NaN, above = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 0 ? (below + above) / 2 : above;
}
