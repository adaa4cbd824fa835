import type { FileStat, Files, OpenFile, OpenMode } from '../../../../server/src/logs/disk/files/files.ts';
import { DiskFault } from './disk-fault.ts';
import type { Operation } from './faults.ts';
import type { Inode } from './inode.ts';
import type { Effect, Life } from './life.ts';
import type { Volume } from './volume.ts';

/**
 * The files of a simulated disk as one process has them. When the process or the machine ends, nothing that it awaits
 * ever settles, and nothing that it calls has an effect.
 */
export class SimulatedFiles implements Files {
  readonly path = '/simulated';
  readonly #volume: Volume;
  readonly #life: Life;

  constructor(volume: Volume, life: Life) {
    this.#volume = volume;
    this.#life = life;
  }

  list(): Promise<string[]> {
    return this.#life.run('stat', '', () => [...this.#volume.names.all.keys()]);
  }

  stat(name: string): Promise<FileStat | undefined> {
    return this.#life.run('stat', name, () => this.#volume.names.all.get(name)?.stat);
  }

  open(name: string, mode: OpenMode): Promise<OpenFile> {
    return this.#life.run('names', name, () => {
      const isThere = this.#volume.names.all.has(name);
      if (mode !== 'read') this.#volume.checkWritable(name);
      if (mode === 'create' && isThere) throw new DiskFault('EEXIST', name);
      if (mode === 'create') this.#volume.create(name);
      const inode = this.#volume.inodeOf(name);
      inode.opened++;
      return new SimulatedFile(name, mode, inode, this.#volume, this.#life);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#life.run('names', from, () => {
      this.#volume.checkWritable(from);
      this.#volume.inodeOf(from);
      this.#volume.names.change({ kind: 'rename', from, to });
    });
  }

  remove(name: string): Promise<void> {
    return this.#life.run('names', name, () => {
      this.#volume.checkWritable(name);
      this.#volume.inodeOf(name);
      this.#volume.names.change({ kind: 'remove', name });
    });
  }

  async syncDirectory(): Promise<void> {
    const end = this.#volume.names.beginSync();
    await this.#life.run('sync', '', (part) => {
      if (part === 1) end();
    });
  }
}

class SimulatedFile implements OpenFile {
  readonly name: string;
  readonly #mode: OpenMode;
  readonly #inode: Inode;
  readonly #volume: Volume;
  readonly #life: Life;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(name: string, mode: OpenMode, inode: Inode, volume: Volume, life: Life) {
    this.name = name;
    this.#mode = mode;
    this.#inode = inode;
    this.#volume = volume;
    this.#life = life;
  }

  read(at: number, bytes: number): Promise<Buffer> {
    return this.#run('read', () => this.#inode.read(at, bytes));
  }

  /** The bytes are taken when they are written, not when they are given: who changes them meanwhile is found out. */
  write(data: Uint8Array, at: number): Promise<void> {
    return this.#run('write', (part) => {
      const asked = data.subarray(0, Math.floor(part * data.length));
      const written = this.#inode.write(at, asked, this.#volume.freeBytes);
      if (written < asked.length) throw new DiskFault('ENOSPC', this.name);
    });
  }

  sync(): Promise<void> {
    const end = this.#inode.beginSync();
    return this.#run('sync', (part) => {
      if (part === 1) end();
      else this.#inode.failSync(this.#volume.random);
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run('truncate', (part) => {
      if (part === 1) this.#inode.truncate(sizeBytes);
    });
  }

  stat(): Promise<FileStat> {
    return this.#run('stat', () => this.#inode.stat);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(() => {
      // A process that has ended has nothing open.
      if (!this.#life.isOver) this.#inode.opened--;
    });
    return this.#closing;
  }

  async #run<T>(operation: Operation, effect: Effect<T>): Promise<T> {
    if (this.#closing) throw new DiskFault('EBADF', this.name);
    const changes = operation === 'write' || operation === 'truncate';
    if (changes && this.#mode === 'read') throw new DiskFault('EBADF', this.name);
    const running = this.#life.run(operation, this.name, effect);
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }
}
