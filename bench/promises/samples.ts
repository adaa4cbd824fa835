/**
 * How often each value was measured, to three digits: small enough to be sent from one process to another, whatever the
 * number of samples.
 */
export type Histogram = readonly (readonly [value: number, count: number])[];

/** Measured times in ms, of one process or of several together. */
export class Samples {
  readonly #counts = new Map<number, number>();
  #total = 0;

  static of(histograms: readonly Histogram[]): Samples {
    const samples = new Samples();
    for (const [value, count] of histograms.flat()) samples.#add(value, count);
    return samples;
  }

  get count(): number {
    return this.#total;
  }

  add(ms: number): void {
    this.#add(Number(Math.max(ms, 0).toPrecision(3)), 1);
  }

  /** The value that this share of the samples does not exceed; NaN when there are none. */
  quantile(share: number): number {
    let seen = 0;
    for (const [value, count] of this.histogram()) {
      seen += count;
      if (seen >= share * this.#total) return value;
    }
    return Number.NaN;
  }

  get p50(): number {
    return this.quantile(0.5);
  }

  get p99(): number {
    return this.quantile(0.99);
  }

  get most(): number {
    return this.quantile(1);
  }

  histogram(): Histogram {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  clear(): void {
    this.#counts.clear();
    this.#total = 0;
  }

  #add(value: number, count: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
    this.#total += count;
  }
}
