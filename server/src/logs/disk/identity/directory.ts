import { readdir } from 'node:fs/promises';
import type { Files } from '../files/files.ts';
import { NodeFiles } from '../files/node-files.ts';
import { UnfitDirectory } from '../options.ts';
import { NodeLock, unusable } from './node-lock.ts';

export interface TakenDirectory {
  readonly files: Files;
  /** Another process may take it then. */
  readonly release: () => Promise<void>;
}

/** What a log has beside its `meta`, and what a file system puts into its topmost folder. */
const OURS =
  /^(?:segment-.*|dropped-.*|lasts.*|reserve|meta.*|lock.*|revocations\.json.*|\.gitignore|lost\+found)$/;

/**
 * Creates the directory where it is missing, and takes it for this process.
 * @throws UnfitDirectory where another process has it, nothing can be written, or it holds something else than a log
 */
export async function takeDirectory(path: string): Promise<TakenDirectory> {
  const files = await NodeFiles.create(path).catch((error: unknown) => {
    throw unusable(error);
  });
  await refuseForeign(files.path);
  const release = await new NodeLock(files.path).acquire();
  try {
    await ignoreInGit(files);
    return { files, release };
  } catch (error) {
    await release();
    throw unusable(error);
  }
}

/** A mistyped setting may name a folder of sources, or a home, and files of a log do not belong between others. */
async function refuseForeign(path: string): Promise<void> {
  const names = await readdir(path).catch((error: unknown) => {
    throw unusable(error);
  });
  const foreign = names.includes('meta') ? undefined : names.find((name) => !OURS.test(name));
  if (foreign !== undefined) throw new UnfitDirectory('foreign', foreign);
}

/** By default it is a folder in the working directory: what people said to each other is no part of the sources. */
async function ignoreInGit(files: Files): Promise<void> {
  if (await files.stat('.gitignore')) return;
  const file = await files.open('.gitignore', 'create');
  try {
    await file.write(Buffer.from('*\n'), 0);
  } finally {
    await file.close();
  }
}
