import type { Appended, PutKey } from '../log.ts';
import type { RestoredPut, RestoredPuts } from '../store.ts';

/** When something of a time of day was, by the log's `elapsed`; what was later is not earlier. */
export type MomentOf = (time: number) => number;

/** A put of before the start. */
export interface PutFromBefore {
  readonly appended: Appended;
  /** When it was appended, by the log's `elapsed`. */
  readonly atMs: number;
  readonly fingerprint: string;
}

/**
 * The puts that a store remembers from before it was opened. They stay with it, in few bytes each: as an object, with
 * its texts and its place in a queue, a put takes ten times as much, and all of them are there at the start.
 */
export class FromBefore {
  /** When the newest of them was appended, by the log's `elapsed`. */
  readonly newestMs: number;
  readonly #puts: RestoredPuts;
  readonly #momentOf: MomentOf;

  /** @param momentOf always of one answer: it is asked until all of them are forgotten */
  constructor(puts: RestoredPuts, momentOf: MomentOf) {
    this.newestMs = puts.newest > 0 ? momentOf(puts.newest) : Number.NEGATIVE_INFINITY;
    this.#puts = puts;
    this.#momentOf = momentOf;
  }

  /** How many are of this moment or later. */
  since(atMs: number): number {
    return this.#puts.count((time) => this.#momentOf(time) >= atMs);
  }

  find({ client, id }: PutKey): PutFromBefore | undefined {
    const put = this.#puts.putOf(client, id);
    if (!put) return undefined;
    const { time, key } = put;
    return {
      appended: { time, offsets: offsetsOf(put) },
      atMs: this.#momentOf(time),
      fingerprint: key.fingerprint,
    };
  }
}

export function offsetsOf({ offset, channels }: Pick<RestoredPut, 'offset' | 'channels'>): number[] {
  return Array.from({ length: channels }, (_, i) => offset + i);
}
