import type { Files, OpenFile, OpenMode } from '../../../server/src/logs/disk/files/files.ts';
import { readHeader } from '../../../server/src/logs/packs/pack.ts';

const SEGMENT = /^segment-/;

/** What headers of segments and packs begin with. */
const NEEDED = new Set(['ZSEG', 'ZPAK']);

/** What of the segments is not synced, by its own count: so it does not depend on what chance a power loss takes. */
export class SyncWatch implements Files {
  readonly path: string;
  readonly #files: Files;
  /** Writes that have ended. */
  #writes = 0;
  /** By file, the numbers of writes that no sync has covered. */
  readonly #unsynced = new Map<string, number[]>();
  /** By file, the number of its first write. */
  readonly #firstWrites = new Map<string, number>();
  /** Of packs, in order: the offset of the last entry, and the number of the write. */
  readonly #packs: { readonly last: number; readonly number: number }[] = [];
  /** Files whose names no sync of the directory has covered. */
  readonly #unnamed = new Set<string>();

  constructor(files: Files) {
    this.path = files.path;
    this.#files = files;
  }

  /** The number of the newest write to a segment. */
  get writes(): number {
    return this.#writes;
  }

  /** The number of the write that has an entry. What comes of it may be reported behind later writes. */
  numberOf(offset: number): number {
    return this.#packs.find(({ last }) => last >= offset)?.number ?? Number.POSITIVE_INFINITY;
  }

  /** Whether a sync that has completed covers all writes up to this number. */
  isSynced(upTo: number): boolean {
    for (const [name, numbers] of this.#unsynced) {
      if (numbers.some((number) => number <= upTo)) return false;
      if (this.#unnamed.has(name) && this.#first(name) <= upTo) return false;
    }
    return true;
  }

  list(): Promise<string[]> {
    return this.#files.list();
  }

  stat(name: string): ReturnType<Files['stat']> {
    return this.#files.stat(name);
  }

  async open(name: string, mode: OpenMode): Promise<OpenFile> {
    const file = await this.#files.open(name, mode);
    if (mode === 'create') this.#unnamed.add(name);
    return SEGMENT.test(name) ? this.#watched(file) : file;
  }

  rename(from: string, to: string): Promise<void> {
    return this.#files.rename(from, to);
  }

  remove(name: string): Promise<void> {
    this.#unsynced.delete(name);
    return this.#files.remove(name);
  }

  async syncDirectory(): Promise<void> {
    const covered = [...this.#unnamed];
    await this.#files.syncDirectory();
    for (const name of covered) this.#unnamed.delete(name);
  }

  #first(name: string): number {
    return this.#firstWrites.get(name) ?? 0;
  }

  #watched(file: OpenFile): OpenFile {
    const { name } = file;
    return {
      name,
      read: (at, bytes) => file.read(at, bytes),
      write: async (data, at) => {
        // A footer follows from the packs, and is made again where it is missing.
        const isFooter = !NEEDED.has(Buffer.from(data.subarray(0, 4)).toString());
        await file.write(data, at);
        if (isFooter) return;
        this.#writes++;
        const header = readHeader(Buffer.from(data), 0);
        if (typeof header === 'object')
          this.#packs.push({ last: header.first + header.entries - 1, number: this.#writes });
        this.#unsynced.set(name, [...(this.#unsynced.get(name) ?? []), this.#writes]);
        if (!this.#firstWrites.has(name)) this.#firstWrites.set(name, this.#writes);
      },
      sync: async () => {
        const covered = this.#writes;
        await file.sync();
        const left = (this.#unsynced.get(name) ?? []).filter((number) => number > covered);
        this.#unsynced.set(name, left);
      },
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      stat: () => file.stat(),
      close: () => file.close(),
    };
  }
}
