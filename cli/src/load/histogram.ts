/** Each power of two is divided into 2^6 parts, so that a value is known to less than 1 in 64. */
const PART_BITS = 6;
const PARTS = 1 << PART_BITS;
const ROWS = 32 - PART_BITS;

/** What a histogram says of itself to another process: how often each place was met, by place. */
export type Counts = readonly (readonly [place: number, count: number])[];

/**
 * How often each value was measured, in whole units from 0 to 2^31 - 1: what is below counts as 0, what is above as the
 * largest. Adding is a few machine instructions, and those of several processes are merged raw. (The histogram of
 * Node's perf_hooks cannot be sent to another process.)
 */
export class Histogram {
  readonly #counts = new Float64Array(ROWS * PARTS);
  #total = 0;

  static of(all: readonly Counts[]): Histogram {
    const histogram = new Histogram();
    for (const counts of all) histogram.merge(counts);
    return histogram;
  }

  get count(): number {
    return this.#total;
  }

  add(value: number): void {
    const whole = value > 0 ? Math.min(value, 0x7fffffff) | 0 : 0;
    const place = placeOf(whole);
    this.#counts[place] = (this.#counts[place] as number) + 1;
    this.#total++;
  }

  merge(counts: Counts): void {
    for (const [place, count] of counts) {
      this.#counts[place] = (this.#counts[place] ?? 0) + count;
      this.#total += count;
    }
  }

  /** The value that this share of all does not exceed, rounded up to the end of its place; NaN when there are none. */
  quantile(share: number): number {
    let seen = 0;
    for (let place = 0; place < this.#counts.length; place++) {
      const count = this.#counts[place] as number;
      seen += count;
      if (count > 0 && seen >= share * this.#total) return lastOf(place);
    }
    return Number.NaN;
  }

  counts(): Counts {
    const counts: [number, number][] = [];
    this.#counts.forEach((count, place) => {
      if (count > 0) counts.push([place, count]);
    });
    return counts;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}

/** The first row holds the values below 64 one by one; each later one a power of two, in 64 parts. */
function placeOf(value: number): number {
  if (value < PARTS) return value;
  const row = 31 - Math.clz32(value) - PART_BITS + 1;
  // The leading bit is 1 in the whole row.
  return row * PARTS + ((value >> (row - 1)) - PARTS);
}

/** The largest value that belongs to a place. */
function lastOf(place: number): number {
  if (place < PARTS) return place;
  const row = Math.floor(place / PARTS);
  const part = (place % PARTS) + PARTS;
  return (part + 1) * 2 ** (row - 1) - 1;
}
