import type { StreamPack } from '../pack-message.ts';

/**
 * Finds out whether a stream went back while no node was there that could notice. Each pack names the newest one that
 * its writer had seen: where another stands at that sequence, or none yet, the writer knew a stream that is gone.
 */
export class Rewinds {
  /** What was written before the epoch began, or by a writer that had seen nothing of it, says nothing of it. */
  readonly #epochBegan: number;
  /** Check sums of packs by their sequences. */
  readonly #sums = new Map<number, number>();
  found = false;

  constructor(epochBegan: number) {
    this.#epochBegan = epochBegan;
  }

  /** Takes the next pack. */
  take({ sequence, crc, seen }: StreamPack): void {
    this.#sums.set(sequence, crc);
    if (!seen || sequence <= this.#epochBegan || seen.sequence <= this.#epochBegan) return;
    const sum = this.#sums.get(seen.sequence);
    if (seen.sequence >= sequence || (sum !== undefined && sum !== seen.crc)) this.found = true;
  }
}
