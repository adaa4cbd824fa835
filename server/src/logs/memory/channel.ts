import type { Entry } from '../../core/log/log.ts';

/** An entry with its place in its channel: the how-manieth publication of it, from 1. */
export interface Held extends Entry {
  readonly nth: number;
}

/** What the log knows of one channel: the entries it holds, and how far it has dropped others. */
export class Channel {
  readonly name: string;
  /** Offset of the newest entry that was dropped for good; 0 if none was. */
  lostUpTo: number;
  #held: (Held | undefined)[] = [];
  #first = 0;
  #count = 0;

  /** @param lostUpTo where the log forgot what it knew of channels that it held nothing of */
  constructor(name: string, lostUpTo: number) {
    this.name = name;
    this.lostUpTo = lostUpTo;
  }

  /** The place that the next entry has. */
  get next(): number {
    return this.#count + 1;
  }

  get length(): number {
    return this.#held.length - this.#first;
  }

  get oldest(): Held | undefined {
    return this.#held[this.#first];
  }

  push(entry: Held): void {
    this.#held.push(entry);
    this.#count++;
  }

  /** Drops the oldest entry for good. */
  drop(): void {
    const gone = this.oldest;
    if (!gone) return;
    this.lostUpTo = gone.offset;
    this.#held[this.#first++] = undefined;
    // Moved together now and then: constant time for each entry on the whole.
    if (this.#first >= 32 && this.#first * 2 >= this.#held.length) {
      this.#held = this.#held.slice(this.#first);
      this.#first = 0;
    }
    if (this.length === 0) {
      this.#held = [];
      this.#first = 0;
    }
  }

  /** Puts another object in the place of the oldest entry: the same publication, kept in memory of its own. */
  replaceOldest(entry: Held): void {
    this.#held[this.#first] = entry;
  }

  /** The entries above an offset, oldest first, at most this many. */
  above(offset: number, most: number): Held[] {
    const from = this.#firstAbove(offset);
    return this.#held.slice(from, from + most) as Held[];
  }

  /** Place of the newest held entry up to an offset; 0 if none is held. */
  nthUpTo(offset: number): number {
    const at = this.#firstAbove(offset) - 1;
    return at < this.#first ? 0 : (this.#held[at] as Held).nth;
  }

  #firstAbove(offset: number): number {
    let low = this.#first;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#held[middle] as Held).offset > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
