import type { StreamPack } from '../pack-message.ts';

/** For how many of the newest packs the check sum is known. */
const SUMS_MOST = 16_384;

/**
 * Finds out whether a stream went back, also while no node was there that could notice. Each pack names the newest one
 * that its writer had seen: where another stands at that sequence, or none yet, the writer knew a stream that is gone.
 */
export class Rewinds {
  /** What was written before the epoch began, or by a writer that had seen nothing of it, says nothing of it. */
  readonly #epochBegan: number;
  /** Check sums of packs by their sequences. */
  readonly #sums = new Map<number, number>();

  constructor(epochBegan: number) {
    this.#epochBegan = epochBegan;
  }

  /** Takes the next pack; answers whether it shows that the stream went back. */
  take({ sequence, crc, seen }: StreamPack): boolean {
    this.#sums.set(sequence, crc);
    if (this.#sums.size > SUMS_MOST) this.#sums.delete(this.#sums.keys().next().value as number);
    if (!seen || sequence <= this.#epochBegan || seen.sequence <= this.#epochBegan) return false;
    const sum = this.#sums.get(seen.sequence);
    return seen.sequence >= sequence || (sum !== undefined && sum !== seen.crc);
  }
}
