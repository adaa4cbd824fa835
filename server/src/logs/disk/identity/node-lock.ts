import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { UnfitDirectory } from '../options.ts';
import type { DirectoryLock } from './lock.ts';
import { hasEnded, type Owner, own, pidOf } from './owner.ts';

const LOCK = 'lock';
const SPARE = 'lock-spare';
const DRAFT = /^lock-[0-9a-f]{16}$/;

const MODE = { mode: 0o700 };

/** How often the lock is tried for: each time that it fails, another process has taken it or left it behind. */
const ATTEMPTS = 100;

/** A folder of that name is in the way, and is not empty. */
const IN_THE_WAY = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY']);

/**
 * The lock of a directory is a folder `lock` with the name of its owner in it. Each process makes a draft of that
 * folder, already owned, and renames it to `lock`. The system does that only where no `lock` is, or an empty one: so of
 * several that find the lock left behind, and remove the owner that has ended by its own name, one gets it. A single
 * file could not be taken over so: the second would remove the lock that the first has just taken.
 */
export class NodeLock implements DirectoryLock {
  readonly #path: string;
  readonly #own: (folder: string) => Promise<Owner>;

  /** @param path of a directory that exists */
  constructor(path: string, owning: (folder: string) => Promise<Owner> = own) {
    this.#path = path;
    this.#own = owning;
  }

  async acquire(): Promise<() => Promise<void>> {
    const draft = this.#pathOf(`${LOCK}-${randomBytes(8).toString('hex')}`);
    let owner: Owner;
    try {
      // A folder takes space. A log on a disk that is full can be opened with the one that was kept for this.
      await rename(this.#pathOf(SPARE), draft).catch(() => mkdir(draft, MODE));
      owner = await this.#own(draft);
    } catch (error) {
      await ignoring(rmdir(draft));
      throw unusable(error);
    }
    try {
      await this.#take(draft);
    } catch (error) {
      await ignoring(unlink(join(draft, owner.name)));
      await ignoring(rename(draft, this.#pathOf(SPARE)));
      await owner.end();
      throw error;
    }
    await ignoring(mkdir(this.#pathOf(SPARE), MODE));
    await this.#sweep();
    return () => this.#release(owner);
  }

  async #take(draft: string): Promise<void> {
    const lock = this.#pathOf(LOCK);
    let reason: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // Not every system replaces an empty folder.
      await ignoring(rmdir(lock));
      try {
        return await rename(draft, lock);
      } catch (error) {
        reason = error;
        if (!IN_THE_WAY.has((error as NodeJS.ErrnoException).code ?? '')) break;
      }
      for (const name of await entriesOf(lock)) {
        const pid = pidOf(name);
        if (pid === undefined) throw new UnfitDirectory('foreign', join(LOCK, name));
        if (!(await hasEnded(lock, name))) throw new UnfitDirectory('in-use', String(pid));
        await ignoring(unlink(join(lock, name)));
      }
    }
    throw unusable(reason);
  }

  /** Removes the drafts of processes that ended while they tried. */
  async #sweep(): Promise<void> {
    for (const draft of (await entriesOf(this.#path)).filter((name) => DRAFT.test(name))) {
      const folder = this.#pathOf(draft);
      const names = await entriesOf(folder);
      // One that is empty may be about to get its owner.
      for (const name of names) if (await hasEnded(folder, name)) await ignoring(unlink(join(folder, name)));
      if (names.length > 0) await ignoring(rmdir(folder));
    }
  }

  async #release(owner: Owner): Promise<void> {
    await ignoring(unlink(this.#pathOf(join(LOCK, owner.name))));
    await ignoring(rmdir(this.#pathOf(LOCK)));
    await owner.end();
  }

  #pathOf(name: string): string {
    return join(this.#path, name);
  }
}

/** What another process may have done before, or may be in the way of: the next step finds out. */
async function ignoring(action: Promise<void>): Promise<void> {
  await action.catch(() => undefined);
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** What the system says of a directory in which it does not let this process do something. */
export function unusable(error: unknown): UnfitDirectory {
  return new UnfitDirectory('unusable', (error as Error).message, error);
}
