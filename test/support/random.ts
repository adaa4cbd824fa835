/** A source of chance that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** One for a part of a run, that others' draws do not disturb. */
  static of(seed: number, name: string): Random {
    let state = seed >>> 0;
    for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    return new Random(state);
  }

  /** 0 ≤ next() < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(part: number): boolean {
    return this.next() < part;
  }

  one<T>(of: readonly T[]): T {
    const one = of[this.between(0, of.length - 1)];
    if (one === undefined) throw new RangeError('there is nothing to choose from');
    return one;
  }

  /** Up to `count` different ones. */
  some<T>(count: number, of: readonly T[]): T[] {
    return [...new Set(Array.from({ length: count }, () => this.one(of)))];
  }
}
