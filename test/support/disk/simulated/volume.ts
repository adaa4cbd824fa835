import type { Random } from '../../random.ts';
import { Content } from './content.ts';
import { DiskFault } from './disk-fault.ts';
import { Inode } from './inode.ts';
import { Names } from './names.ts';

export interface VolumeOptions {
  readonly random: Random;
  /** What all files may take, in steps of a sector. */
  readonly capacityBytes: number;
  /** In ms since 1970, for the birth of files. */
  readonly now: () => number;
}

/** The files that are there and their names, apart from the processes that have them open. */
export class Volume {
  readonly names = new Names();
  readonly random: Random;
  capacityBytes: number;
  /** Nothing may be changed, as in a folder that is mounted so. */
  isReadOnly = false;
  readonly #now: () => number;
  /** Also those that were removed: they take space until nobody has them open. */
  readonly #inodes = new Set<Inode>();
  #number: number;

  constructor({ random, capacityBytes, now }: VolumeOptions) {
    this.random = random;
    this.capacityBytes = capacityBytes;
    this.#now = now;
    this.#number = random.between(1_000, 1_000_000);
  }

  get usedBytes(): number {
    const named = new Set(this.names.all.values());
    let used = 0;
    for (const inode of this.#inodes) {
      if (inode.opened === 0 && !named.has(inode)) this.#inodes.delete(inode);
      else used += inode.allocatedBytes;
    }
    return used;
  }

  /** How many have a file open, all files together. */
  get opened(): number {
    return [...this.#inodes].reduce((sum, { opened }) => sum + opened, 0);
  }

  get freeBytes(): number {
    return Math.max(this.capacityBytes - this.usedBytes, 0);
  }

  create(name: string): Inode {
    this.#number++;
    const inode = new Inode(this.#number, this.#now());
    this.#add(name, inode);
    return inode;
  }

  /** @throws ENOENT */
  inodeOf(name: string): Inode {
    const inode = this.names.all.get(name);
    if (!inode) throw new DiskFault('ENOENT', name);
    return inode;
  }

  /** @throws EROFS */
  checkWritable(name: string): void {
    if (this.isReadOnly) throw new DiskFault('EROFS', name);
  }

  /** All of a file, as a reader sees it. */
  bytesOf(name: string): Buffer {
    const inode = this.inodeOf(name);
    return inode.read(0, inode.stat.sizeBytes);
  }

  /** Puts a file there, or other bytes into it, safe at once. */
  put(name: string, bytes: Uint8Array): void {
    const inode = this.names.all.get(name) ?? this.create(name);
    inode.replace(Content.of(bytes));
    this.names.beginSync()();
  }

  /** Every file as a copy of the directory has it: a file of its own. */
  copyTo(other: Volume): void {
    for (const name of this.names.all.keys()) other.put(name, this.bytesOf(name));
  }

  /** Leaves in another what a power loss would leave at the least: the same files, and nothing that was not synced. */
  leastTo(other: Volume): void {
    for (const [name, inode] of this.names.safe) other.#add(name, inode.atLeast());
    other.names.beginSync()();
  }

  closeAll(): void {
    for (const inode of this.#inodes) inode.opened = 0;
  }

  #add(name: string, inode: Inode): void {
    this.#inodes.add(inode);
    this.names.change({ kind: 'create', name, inode });
  }

  losePower(): void {
    this.names.losePower(this.random);
    this.#inodes.clear();
    for (const inode of this.names.all.values()) {
      inode.losePower(this.random);
      this.#inodes.add(inode);
    }
  }
}
