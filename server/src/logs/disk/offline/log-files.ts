import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from '../files/files.ts';
import { NodeFiles } from '../files/node-files.ts';
import { hasEnded, pidOf } from '../identity/owner.ts';
import { UnfitDirectory } from '../options.ts';
import { segmentOf } from '../segments/segment-name.ts';

const LOCK = 'lock';

/** The file of a segment, by its name. */
export interface SegmentFile {
  readonly name: string;
  /** Offset of the newest entry before it. */
  readonly before: number;
}

/**
 * The files of a log that is read without a server: nothing of it is changed.
 * @throws UnfitDirectory where there is no log, or it cannot be read
 */
export async function filesOfLog(path: string): Promise<Files> {
  const files = new NodeFiles(path);
  const names = await files.list().catch((error: unknown) => {
    throw new UnfitDirectory('unusable', (error as Error).message, error);
  });
  if (!names.some((name) => name === 'meta' || segmentOf(name) !== undefined))
    throw new UnfitDirectory('foreign', 'neither meta nor a segment');
  return files;
}

/**
 * The same of a log that nobody writes to: what is being written would look damaged.
 * @throws UnfitDirectory also where a process keeps its log there
 */
export async function filesOfIdleLog(path: string): Promise<Files> {
  const files = await filesOfLog(path);
  const pid = await userOf(path);
  if (pid !== undefined) throw new UnfitDirectory('in-use', String(pid));
  return files;
}

/** The pid of the process that keeps its log there; undefined: none does. */
export async function userOf(path: string): Promise<number | undefined> {
  const lock = join(path, LOCK);
  for (const name of await readdir(lock).catch(() => [])) {
    const pid = pidOf(name);
    if (pid !== undefined && !(await hasEnded(lock, name))) return pid;
  }
  return undefined;
}

/** All segments, oldest first. */
export async function segmentFilesOf(files: Files): Promise<SegmentFile[]> {
  const names = await files.list();
  return names
    .flatMap((name): SegmentFile[] => {
      const before = segmentOf(name);
      return before === undefined ? [] : [{ name, before }];
    })
    .sort((a, b) => a.before - b.before);
}

/** Bytes of these files together. */
export async function bytesOf(files: Files, names: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const name of names) bytes += (await files.stat(name))?.sizeBytes ?? 0;
  return bytes;
}
