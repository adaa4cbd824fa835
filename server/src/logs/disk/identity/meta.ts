import type { FileStat, Files, OpenFile } from '../files/files.ts';
import { UnfitDirectory } from '../options.ts';
import { LEASE_MOST } from './lease.ts';
import { type Meta, readSlot, type SlotRead, writeSlot } from './meta-slot.ts';

const META = 'meta';
const DRAFT = 'meta.new';

/** Where each slot begins. */
const SLOTS = [0, 4_096] as const;
const META_BYTES = 8_192;

export type MetaRead =
  | { readonly kind: 'none' }
  /** There is one, and nothing of it can be relied on. */
  | { readonly kind: 'unreadable' }
  /** It was written by a version that is not known here. */
  | { readonly kind: 'newer'; readonly version: number }
  | {
      readonly kind: 'good';
      readonly meta: Meta;
      /** The number of the newest slot, and which one that is. */
      readonly number: number;
      readonly slot: 0 | 1;
      /**
       * The other slot cannot be read. If it was newer, the lease went further: `leaseUpTo` already says how far at
       * most. Keys of puts may have been forgotten up to now.
       */
      readonly isOneBad: boolean;
      /** The file as it is now. */
      readonly stat: FileStat;
    };

/** Reads what the log says of itself, and changes nothing. Rejects where the system cannot read it. */
export async function readMeta(files: Files): Promise<MetaRead> {
  const stat = await files.stat(META);
  if (!stat) return { kind: 'none' };
  const file = await files.open(META, 'read');
  try {
    const read = async (slot: 0 | 1): Promise<SlotRead> =>
      readSlot(await file.read(SLOTS[slot], META_BYTES / 2));
    return newest(await read(0), await read(1), stat);
  } finally {
    await file.close();
  }
}

function newest(first: SlotRead, second: SlotRead, stat: FileStat): MetaRead {
  for (const one of [first, second]) if (one.kind === 'newer') return one;
  const slot = second.kind === 'good' && (first.kind !== 'good' || second.number > first.number) ? 1 : 0;
  const [found, other] = slot === 0 ? [first, second] : [second, first];
  if (found.kind !== 'good') return { kind: 'unreadable' };
  const isOneBad = other.kind !== 'good';
  const { meta, number } = found;
  const leaseUpTo = Math.min(meta.leaseUpTo + (isOneBad ? LEASE_MOST : 0), Number.MAX_SAFE_INTEGER);
  return { kind: 'good', meta: { ...meta, leaseUpTo }, number, slot, isOneBad, stat };
}

/** What a log can change of it: the rest says which file it is. */
export type MetaChange = Partial<Omit<Meta, 'inode' | 'birthMs'>>;

/**
 * What the log says of itself, in two slots of a file: each change goes into the older one, so that one is good
 * whenever the power fails. It is written in place: the file shows that the directory is not a copy.
 */
export class MetaFile {
  readonly #file: OpenFile;
  #meta: Meta;
  #number: number;
  #slot: 0 | 1;
  #last: Promise<void> = Promise.resolve();

  private constructor(file: OpenFile, meta: Meta, number: number, slot: 0 | 1) {
    this.#file = file;
    this.#meta = meta;
    this.#number = number;
    this.#slot = slot;
  }

  /**
   * Takes the directory for this log, and this process for the one that writes it. Both slots then say so: one that
   * cannot be read later does not bring back a clean end, or an epoch that is over.
   * @param found what was there; rejects where that is of a newer version, and changes nothing
   */
  static async begin(
    files: Files,
    found: MetaRead,
    started: Omit<Meta, 'inode' | 'birthMs'>,
  ): Promise<MetaFile> {
    if (found.kind === 'newer') throw new UnfitDirectory('newer-format', String(found.version));
    if (found.kind === 'none') return MetaFile.#create(files, started);
    const file = await files.open(META, 'update');
    try {
      const { inode, birthMs } = await file.stat();
      const [number, slot] = found.kind === 'good' ? [found.number, found.slot] : [0, 1 as const];
      // Found out before: see `#birth`.
      const isUnknown = found.kind === 'good' && found.meta.inode === inode && found.meta.birthMs === 0;
      const meta = new MetaFile(file, { ...started, inode, birthMs: isUnknown ? 0 : birthMs }, number, slot);
      await meta.write({});
      await meta.write({});
      return meta;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** It gets its name when it is whole. */
  static async #create(files: Files, started: Omit<Meta, 'inode' | 'birthMs'>): Promise<MetaFile> {
    if (await files.stat(DRAFT)) await files.remove(DRAFT);
    const file = await files.open(DRAFT, 'create');
    try {
      const { inode, birthMs } = await file.stat();
      const meta: Meta = { ...started, inode, birthMs };
      const bytes = Buffer.alloc(META_BYTES);
      bytes.set(writeSlot(meta, 1), SLOTS[0]);
      bytes.set(writeSlot(meta, 2), SLOTS[1]);
      await file.write(bytes, 0);
      await file.sync();
      await files.rename(DRAFT, META);
      await files.syncDirectory();
      return new MetaFile(file, meta, 2, 1);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** As it was last made safe. */
  get meta(): Meta {
    return this.#meta;
  }

  /**
   * Resolves when the change survives a power loss. Changes are made one after the other. After a rejection it may or
   * may not be there; it can be tried again unless it was the sync that failed.
   */
  write(change: MetaChange): Promise<void> {
    const written = this.#last.then(() => this.#write(change));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async #write(change: MetaChange): Promise<void> {
    const meta = { ...this.#meta, ...change, birthMs: await this.#birth() };
    const number = this.#number + 1;
    const slot = this.#slot === 0 ? 1 : 0;
    await this.#file.write(writeSlot(meta, number), SLOTS[slot]);
    await this.#file.sync();
    this.#meta = meta;
    this.#number = number;
    this.#slot = slot;
  }

  /** A file that is written does not get another time of birth: a system that says so answers its last change. */
  async #birth(): Promise<number> {
    const { birthMs } = await this.#file.stat();
    return birthMs === this.#meta.birthMs ? birthMs : 0;
  }
}
