import { firstWhere } from '../first-where.ts';

/** Offsets in order, dropped from the front. */
export class Line {
  #offsets: number[] = [];
  #first = 0;

  get length(): number {
    return this.#offsets.length - this.#first;
  }

  get oldest(): number | undefined {
    return this.#offsets[this.#first];
  }

  get newest(): number | undefined {
    return this.#offsets[this.#offsets.length - 1];
  }

  push(offset: number): void {
    this.#offsets.push(offset);
  }

  drop(): void {
    if (this.length === 0) return;
    this.#first++;
    // Moved together now and then: constant time for each entry on the whole.
    if (this.#first >= 32 && this.#first * 2 >= this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#first);
      this.#first = 0;
    }
    if (this.length === 0) {
      this.#offsets = [];
      this.#first = 0;
    }
  }

  /** Those above an offset, oldest first, at most this many. */
  above(offset: number, most: number): number[] {
    const from = this.#firstAbove(offset);
    return this.#offsets.slice(from, from + most);
  }

  /** Those up to and with an offset, newest first, at most this many. */
  below(offset: number, most: number): number[] {
    const end = this.#firstAbove(offset);
    return this.#offsets.slice(Math.max(end - most, this.#first), end).reverse();
  }

  /** How many lie above an offset, up to and with another. */
  between(after: number, upTo: number): number {
    return Math.max(this.#firstAbove(upTo) - this.#firstAbove(after), 0);
  }

  #firstAbove(offset: number): number {
    return firstWhere(this.#first, this.#offsets.length, (at) => (this.#offsets[at] as number) > offset);
  }
}
