import type { Files, OpenFile } from '../files/files.ts';

const NAME = 'reserve';
const CHUNK_BYTES = 256 * 1024;

/**
 * Room on the disk that is let go of when there is no other: what was lost meanwhile can still be written down, and
 * the log only goes on once there is as much again.
 */
export class Reserve {
  readonly #files: Files;
  readonly #bytes: number;

  /** @param bytes how much is kept */
  constructor(files: Files, bytes: number) {
    this.#files = files;
    this.#bytes = bytes;
  }

  /**
   * Takes the room.
   * @param beside how many bytes more there must be room for; they are not taken
   * @returns false, and has taken nothing, where there is not enough
   */
  async make(beside = 0): Promise<boolean> {
    const before = await this.#files.stat(NAME);
    if (before?.sizeBytes === this.#bytes) return true;
    await this.release();
    try {
      const file = await this.#files.open(NAME, 'create');
      try {
        await this.#fill(file, this.#bytes + beside);
        await file.truncate(this.#bytes);
      } finally {
        await file.close();
      }
      return true;
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      await this.release();
      return false;
    }
  }

  /** Takes the room, where there is as much again: with less, the log would be full again at once. */
  remake(): Promise<boolean> {
    return this.make(this.#bytes);
  }

  /** Lets go of the room. */
  async release(): Promise<void> {
    if (await this.#files.stat(NAME)) await this.#files.remove(NAME);
  }

  async #fill(file: OpenFile, bytes: number): Promise<void> {
    // Zeros take no room where a file system compresses: so they are not zeros. Chance is not needed.
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, bytes));
    let state = 1;
    for (let i = 0; i < chunk.length; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      chunk[i] = state >>> 16;
    }
    for (let at = 0; at < bytes; at += chunk.length) await file.write(chunk.subarray(0, bytes - at), at);
    // Some file systems only take the room now, and say only now that there is none.
    await file.sync();
  }
}

/** Whether it failed because the disk, or the share of it that this user may have, is full. */
export function isNoRoom(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
