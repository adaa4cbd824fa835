import type { Room } from '../../core/log/frame.ts';

/**
 * So many bytes are allocated at once: hundreds of small frames, so that one costs no allocation of its own, and few enough that a frame which waits
 * for a slow socket keeps little more than itself alive.
 */
const SLAB_BYTES = 64 * 1024;

/** Memory for frames, one behind another. What the log lets go of is freed a slab at a time, when nobody looks at any frame in it. */
export class Slabs implements Room {
  memory: Buffer = Buffer.alloc(0);
  #used = 0;

  reserve(bytes: number): number {
    if (this.#used + bytes > this.memory.length) {
      this.memory = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += bytes;
    return at;
  }
}
