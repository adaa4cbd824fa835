import type { Files, OpenFile } from '../files/files.ts';

/** Descriptors held for reading: a log of 1 TB has 16,384 segments. */
const OPEN_MOST = 64;

interface Opened {
  readonly file: Promise<OpenFile>;
  /** Reads under way: it is not closed meanwhile. */
  reads: number;
}

/** Files that are read: opened when they are needed, and those that were not for the longest time are closed. */
export class OpenFiles {
  readonly #files: Files;
  readonly #most: number;
  /** Used longest ago first. */
  readonly #opened = new Map<string, Opened>();

  constructor(files: Files, most = OPEN_MOST) {
    this.#files = files;
    this.#most = most;
  }

  /** Reads up to `bytes` from `at`; shorter only where the file ends. */
  async read(name: string, at: number, bytes: number): Promise<Buffer> {
    const opened = this.#opened.get(name) ?? { file: this.#files.open(name, 'read'), reads: 0 };
    this.#opened.delete(name);
    this.#opened.set(name, opened);
    opened.reads++;
    try {
      return await (await opened.file).read(at, bytes);
    } catch (error) {
      // It may not have been opened at all; the next read tries that again.
      if (this.#opened.get(name) === opened) this.#opened.delete(name);
      throw error;
    } finally {
      opened.reads--;
      this.#closeSpare();
      if (opened.reads === 0 && this.#opened.get(name) !== opened) closeQuietly(opened);
    }
  }

  /** Closes a file that is about to be removed. Nobody may be reading it. */
  async close(name: string): Promise<void> {
    const opened = this.#opened.get(name);
    this.#opened.delete(name);
    if (opened) await (await opened.file).close();
  }

  async closeAll(): Promise<void> {
    const all = [...this.#opened.values()];
    this.#opened.clear();
    for (const { file } of all) await file.then((open) => open.close()).catch(() => undefined);
  }

  #closeSpare(): void {
    for (const [name, opened] of this.#opened) {
      if (this.#opened.size <= this.#most) break;
      if (opened.reads > 0) continue;
      this.#opened.delete(name);
      closeQuietly(opened);
    }
  }
}

/** What was only read loses nothing by a failure to close it. */
function closeQuietly({ file }: Opened): void {
  file.then((open) => open.close()).catch(() => undefined);
}
