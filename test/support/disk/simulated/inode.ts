import type { FileStat } from '../../../../server/src/logs/disk/files/files.ts';
import type { Random } from '../../random.ts';
import { type Change, Content, SECTOR_BYTES, sectorsOf } from './content.ts';

interface Numbered {
  readonly number: number;
  readonly change: Change;
}

/** How a power loss treats what was not synced. Chance alone would hardly ever keep all of it, or all but the end. */
type Loss = 'all-lost' | 'all-kept' | 'end-lost' | 'sectors';
const LOSSES: readonly Loss[] = ['all-lost', 'all-kept', 'end-lost', 'sectors', 'sectors'];

/** A file, apart from its names: what a reader sees, and what of it would survive a power loss for certain. */
export class Inode {
  readonly number: number;
  birthMs: number;
  /** How many have it open. */
  opened = 0;
  #seen = new Content();
  #safe = new Content();
  /** Changes since then, oldest first. */
  #unsynced: Numbered[] = [];
  #changes = 0;
  /** Sectors that take space on the disk. */
  readonly #allocated = new Set<number>();

  constructor(number: number, birthMs: number) {
    this.number = number;
    this.birthMs = birthMs;
  }

  get stat(): FileStat {
    return { sizeBytes: this.#seen.sizeBytes, inode: String(this.number), birthMs: this.birthMs };
  }

  get allocatedBytes(): number {
    return this.#allocated.size * SECTOR_BYTES;
  }

  /** How many changes a power loss may take. */
  get unsynced(): number {
    return this.#unsynced.length;
  }

  read(at: number, bytes: number): Buffer {
    return this.#seen.read(at, bytes);
  }

  /** @returns how many bytes were written before nothing was free any more */
  write(at: number, data: Uint8Array, freeBytes: number): number {
    const taken = [...sectorsOf(at, data.length)].filter((sector) => !this.#allocated.has(sector));
    const fitting = Math.floor(freeBytes / SECTOR_BYTES);
    const first = taken[fitting];
    const written = first === undefined ? data.length : Math.max(first * SECTOR_BYTES - at, 0);
    for (const sector of taken.slice(0, fitting)) this.#allocated.add(sector);
    if (written > 0) this.#change({ kind: 'write', at, data: Buffer.from(data.subarray(0, written)) });
    return written;
  }

  truncate(sizeBytes: number): void {
    this.#change({ kind: 'truncate', sizeBytes });
    const end = Math.ceil(sizeBytes / SECTOR_BYTES);
    for (const sector of this.#allocated) if (sector >= end) this.#allocated.delete(sector);
  }

  /** What a sync that begins now makes safe; called when it is done. */
  beginSync(): () => void {
    const upTo = this.#changes;
    return () => {
      for (const { change } of this.#takeUnsynced(upTo)) this.#safe.apply(change);
    };
  }

  /** As an operating system does it: what could not be written is read as before, and never written again. */
  failSync(random: Random): void {
    for (const { change } of this.#takeUnsynced(this.#changes))
      if (random.chance(0.5)) this.#safe.apply(change);
  }

  /** What a drive or a cable does: the change is in the cache, on the disk, and in what is not written yet. */
  flip(at: number, bit: number): void {
    this.#seen.flip(at, bit);
    this.#safe.flip(at, bit);
    for (const { change } of this.#unsynced) {
      if (change.kind !== 'write' || at < change.at || at >= change.at + change.data.length) continue;
      change.data[at - change.at] = (change.data[at - change.at] ?? 0) ^ (1 << bit);
    }
  }

  /** Has other content, safe at once. */
  replace(content: Content): void {
    this.#safe = content;
    this.#unsynced = [];
    this.#settle();
  }

  /** As it is at the least after a power loss. */
  atLeast(): Inode {
    const inode = new Inode(this.number, this.birthMs);
    inode.replace(Content.of(this.#safe.read(0, this.#safe.sizeBytes)));
    return inode;
  }

  /** Loses what was not synced, or some of it. */
  losePower(random: Random): void {
    if (this.#unsynced.length > 0) this.#safe = this.#survivor(random.one(LOSSES), random);
    this.#unsynced = [];
    this.#settle();
  }

  /** What is safe is what is seen. */
  #settle(): void {
    this.#seen = Content.of(this.#safe.read(0, this.#safe.sizeBytes));
    this.#allocated.clear();
    for (const sector of sectorsOf(0, this.#seen.sizeBytes)) this.#allocated.add(sector);
  }

  #change(change: Change): void {
    this.#changes++;
    this.#unsynced.push({ number: this.#changes, change });
    this.#seen.apply(change);
  }

  #takeUnsynced(upTo: number): Numbered[] {
    const taken = this.#unsynced.filter(({ number }) => number <= upTo);
    this.#unsynced = this.#unsynced.filter(({ number }) => number > upTo);
    return taken;
  }

  #survivor(loss: Loss, random: Random): Content {
    const survivor = Content.of(this.#safe.read(0, this.#safe.sizeBytes));
    if (loss === 'sectors') return this.#torn(survivor, random);
    if (loss === 'all-lost') return survivor;
    const kept = loss === 'all-kept' ? this.#unsynced.length : random.between(0, this.#unsynced.length - 1);
    for (const { change } of this.#unsynced.slice(0, kept)) survivor.apply(change);
    const cut = this.#unsynced[kept]?.change;
    // The last one is torn, at the end of a sector.
    if (cut?.kind === 'write') {
      const end = random.between(
        Math.floor(cut.at / SECTOR_BYTES),
        Math.floor((cut.at + cut.data.length) / SECTOR_BYTES),
      );
      survivor.write(cut.at, cut.data.subarray(0, Math.max(end * SECTOR_BYTES - cut.at, 0)));
    }
    return survivor;
  }

  /** Each sector, and the size, as it was after any of the changes or before them all, whatever the others are. */
  #torn(survivor: Content, random: Random): Content {
    const running = Content.of(survivor.read(0, survivor.sizeBytes));
    const kept = random.one([0.05, 0.5, 0.95]);
    const sectors = new Map<number, Buffer>();
    let size = survivor.sizeBytes;
    for (const { change } of this.#unsynced) {
      const before = running.sizeBytes;
      running.apply(change);
      if (running.sizeBytes !== before && random.chance(kept)) size = running.sizeBytes;
      const [from, to] =
        change.kind === 'write' ? [change.at, change.at + change.data.length] : [running.sizeBytes, before];
      for (const sector of sectorsOf(from, Math.max(to - from, 0)))
        if (random.chance(kept)) sectors.set(sector, running.sector(sector));
    }
    for (const [sector, bytes] of sectors) survivor.write(sector * SECTOR_BYTES, bytes);
    survivor.truncate(size);
    return survivor;
  }
}
