import { firstWhere } from './first-where.ts';
import type { Chunk, Entry, Interest, Read } from './log.ts';
import { Selection } from './selection.ts';

export interface TailBounds {
  /** Most entries; at least 1. */
  readonly entries: number;
  /** Most bytes of texts; the newest entry stays whatever its size. */
  readonly bytes: number;
}

/**
 * The newest entries, at hand without waiting. The log is asynchronous, so between asking it and getting its answer
 * more is appended: a cursor closes on the head through the tail, where looking and going live are one turn.
 */
export class Tail {
  readonly #bounds: TailBounds;
  readonly #ring: (Entry | undefined)[];
  #first = 0;
  #count = 0;
  #bytes = 0;
  /** Everything above this offset is here. */
  #from: number;

  /** @param from offset of the log's head when the tail begins to follow it */
  constructor(bounds: TailBounds, from: number) {
    this.#bounds = bounds;
    this.#ring = new Array(bounds.entries);
    this.#from = from;
  }

  push(entry: Entry): void {
    while (
      this.#count > 0 &&
      (this.#count >= this.#bounds.entries || this.#bytes + entry.textBytes > this.#bounds.bytes)
    ) {
      this.#drop();
    }
    this.#ring[(this.#first + this.#count) % this.#ring.length] = entry;
    this.#count++;
    this.#bytes += entry.textBytes;
  }

  /** Lets go of everything. @param from offset of the log's head */
  clear(from: number): void {
    this.#ring.fill(undefined);
    this.#first = 0;
    this.#count = 0;
    this.#bytes = 0;
    this.#from = from;
  }

  /** Whether nothing above this offset is missing here. */
  covers(after: number): boolean {
    return after >= this.#from;
  }

  /** What the log's `read` would answer, at once, for an offset that the tail covers. */
  read<W extends Interest>({ after, interests, scan, bytes }: Read<W>): Chunk<W> {
    const from = this.#firstAbove(after);
    const newest = interests.some(({ onlyNewest }) => onlyNewest) ? this.#newest(from) : undefined;
    const selection = new Selection(interests, bytes, (entry) => newest?.get(entry.channel) === entry);
    let upTo = after;
    let scanned = 0;
    for (let i = from; i < this.#count && scanned < scan; i++) {
      const entry = this.#at(i);
      if (!selection.take(entry)) break;
      upTo = entry.offset;
      scanned++;
    }
    return { entries: selection.entries, upTo, scanned, searched: 0, losses: [], skips: selection.skips() };
  }

  /** The newest publication of each channel that has one from this place on. */
  #newest(from: number): Map<string, Entry> {
    const newest = new Map<string, Entry>();
    for (let i = from; i < this.#count; i++) {
      const entry = this.#at(i);
      if (entry.kind === 'publication') newest.set(entry.channel, entry);
    }
    return newest;
  }

  #firstAbove(offset: number): number {
    return firstWhere(0, this.#count, (i) => this.#at(i).offset > offset);
  }

  #at(i: number): Entry {
    return this.#ring[(this.#first + i) % this.#ring.length] as Entry;
  }

  #drop(): void {
    const gone = this.#at(0);
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#ring.length;
    this.#count--;
    this.#bytes -= gone.textBytes;
    this.#from = gone.offset;
  }
}
