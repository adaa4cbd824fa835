import { firstWhere } from '../../core/log/first-where.ts';

/** Entries in offset order, dropped from the front. */
export class Line<T extends { readonly offset: number }> {
  #held: (T | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#held.length - this.#first;
  }

  get oldest(): T | undefined {
    return this.#held[this.#first];
  }

  get newest(): T | undefined {
    return this.#held[this.#held.length - 1];
  }

  push(entry: T): void {
    this.#held.push(entry);
  }

  drop(): void {
    if (this.length === 0) return;
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

  /** Puts another object in the place of the oldest entry: the same one, kept in memory of its own. */
  replaceOldest(entry: T): void {
    this.#held[this.#first] = entry;
  }

  /** The entries above an offset, oldest first, at most this many. */
  above(offset: number, most: number): T[] {
    const from = this.#firstAbove(offset);
    return this.#held.slice(from, from + most) as T[];
  }

  /** The newest entry up to an offset. */
  upTo(offset: number): T | undefined {
    const at = this.#firstAbove(offset) - 1;
    return at < this.#first ? undefined : this.#held[at];
  }

  #firstAbove(offset: number): number {
    return firstWhere(this.#first, this.#held.length, (at) => (this.#held[at] as T).offset > offset);
  }
}
