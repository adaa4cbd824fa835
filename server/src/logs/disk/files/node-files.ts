import { constants, open } from 'node:fs';
import { lstat, mkdir, open as openDirectory, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { FileStat, Files, OpenFile, OpenMode } from './files.ts';
import { NodeFile, statOf } from './node-file.ts';

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  update: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

/**
 * Windows opens no directory for this, some file systems of networks and of users cannot sync one, and what is above
 * the log's may not be readable. There is no other way to ask for it: a power loss there may take the newest creations,
 * renames and removals.
 */
const NO_DIRECTORY_SYNC = new Set(['EACCES', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);

const openFile = promisify(open);

/** The files of a directory of the file system. Files are created for this user alone. */
export class NodeFiles implements Files {
  readonly path: string;

  /** @param path of a directory that exists */
  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Creates the directory where it is missing, for this user alone, and what lies above it. */
  static async create(path: string): Promise<NodeFiles> {
    const files = new NodeFiles(path);
    const first = await mkdir(files.path, { recursive: true, mode: DIRECTORY_MODE });
    // A directory is a name in the one above it, and is as safe as that.
    if (first !== undefined)
      for (let folder = files.path; folder.length >= first.length; folder = dirname(folder))
        await syncDirectory(dirname(folder));
    return files;
  }

  async list(): Promise<string[]> {
    const all = await readdir(this.path, { withFileTypes: true });
    return all.filter((one) => one.isFile()).map(({ name }) => name);
  }

  async stat(name: string): Promise<FileStat | undefined> {
    try {
      return statOf(await lstat(this.#pathOf(name), { bigint: true }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async open(name: string, mode: OpenMode): Promise<OpenFile> {
    return new NodeFile(name, await openFile(this.#pathOf(name), FLAGS[mode], FILE_MODE));
  }

  rename(from: string, to: string): Promise<void> {
    return rename(this.#pathOf(from), this.#pathOf(to));
  }

  remove(name: string): Promise<void> {
    return unlink(this.#pathOf(name));
  }

  syncDirectory(): Promise<void> {
    return syncDirectory(this.path);
  }

  #pathOf(name: string): string {
    return join(this.path, name);
  }
}

async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await openDirectory(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
