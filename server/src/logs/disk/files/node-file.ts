import { type BigIntStats, close, fdatasync, fstat, ftruncate, read, write } from 'node:fs';
import { promisify } from 'node:util';
import type { FileStat, OpenFile } from './files.ts';

// By descriptor: a `FileHandle` costs more for each call, and closes itself when it is collected.
const calls = {
  read: promisify(read),
  write: promisify(write),
  fdatasync: promisify(fdatasync),
  ftruncate: promisify(ftruncate),
  fstat: promisify(fstat),
  close: promisify(close),
};

export function statOf({ size, ino, birthtimeMs }: BigIntStats): FileStat {
  return { sizeBytes: Number(size), inode: String(ino), birthMs: Number(birthtimeMs) };
}

/** A file of the file system, by its descriptor. */
export class NodeFile implements OpenFile {
  readonly name: string;
  readonly #fd: number;
  #underWay = 0;
  #isClosing = false;
  #closed: Promise<void> | undefined;
  /** Called when nothing is under way any more. */
  #idle: (() => void) | undefined;

  constructor(name: string, fd: number) {
    this.name = name;
    this.#fd = fd;
  }

  read(at: number, bytes: number): Promise<Buffer> {
    return this.#run(async () => {
      const buffer = Buffer.allocUnsafe(bytes);
      let done = 0;
      while (done < bytes) {
        const { bytesRead } = await calls.read(this.#fd, buffer, done, bytes - done, at + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    });
  }

  write(data: Uint8Array, at: number): Promise<void> {
    return this.#run(async () => {
      let done = 0;
      // The system writes a part where the disk becomes full or a signal comes, and says why at the next call.
      while (done < data.length) {
        const { bytesWritten } = await calls.write(this.#fd, data, done, data.length - done, at + done);
        if (bytesWritten === 0)
          throw fault('EIO', `${this.name}: the system wrote nothing, and gave no reason`);
        done += bytesWritten;
      }
    });
  }

  sync(): Promise<void> {
    return this.#run(() => calls.fdatasync(this.#fd));
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run(() => calls.ftruncate(this.#fd, sizeBytes));
  }

  stat(): Promise<FileStat> {
    return this.#run(async () => statOf(await calls.fstat(this.#fd, { bigint: true })));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The number of a closed descriptor is given again: what was still under way would go into another file. */
  async #close(): Promise<void> {
    this.#isClosing = true;
    if (this.#underWay > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    await calls.close(this.#fd);
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#isClosing) throw fault('EBADF', `${this.name} is closed`);
    this.#underWay++;
    try {
      return await action();
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) this.#idle?.();
    }
  }
}

function fault(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
