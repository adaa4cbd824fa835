import type { Room } from '../text.ts';

/**
 * Bytes allocated at once: room for hundreds of small texts, so that one costs no allocation of its own, and few enough
 * that a text which waits for a slow socket keeps little more than itself alive.
 */
const SLAB_BYTES = 64 * 1024;

/** A larger text has memory of its own: the end of a slab that it did not fit into would be lost. */
const LARGE_BYTES = SLAB_BYTES / 8;

/**
 * Memory for texts and their headroom, one behind another. What the log drops is freed a slab at a time, once nothing
 * refers to a text in it.
 */
export class Slabs implements Room {
  memory: Buffer = Buffer.alloc(0);
  #slab = this.memory;
  #used = 0;

  reserve(bytes: number): number {
    if (bytes > LARGE_BYTES) {
      this.memory = Buffer.allocUnsafeSlow(bytes);
      return 0;
    }
    if (this.#used + bytes > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    this.memory = this.#slab;
    const at = this.#used;
    this.#used += bytes;
    return at;
  }
}
