/** Buckets of a series, at most: beyond, each two become one, twice as long. */
export const BUCKETS_MOST = 64;

/** How long a bucket is at first, in ms. */
const FIRST_BUCKET_MS = 250;

/**
 * How many votes each choice had at each time, in a bounded number of buckets of equal length. Times come in order, as
 * those of a log do.
 */
export class Series {
  #from: number | undefined;
  #bucketMs = FIRST_BUCKET_MS;
  #length = 0;
  /** By choice: what each bucket added; a vote that was changed took one away. */
  readonly #changes = new Map<string, number[]>();

  /** When it begins, in ms since 1970; undefined: nothing has come. */
  get from(): number | undefined {
    return this.#from;
  }

  get untilMs(): number {
    return this.#length * this.#bucketMs;
  }

  get bucketMs(): number {
    return this.#bucketMs;
  }

  /** Sets where it begins, unless it has begun. */
  begin(time: number): void {
    this.#from ??= time;
  }

  add(time: number, choice: string, by: 1 | -1): void {
    this.#from ??= time;
    const sinceMs = Math.max(0, time - this.#from);
    while (sinceMs >= BUCKETS_MOST * this.#bucketMs) this.#halve();
    const bucket = Math.floor(sinceMs / this.#bucketMs);
    const changes = this.#changes.get(choice) ?? [];
    if (changes.length === 0) this.#changes.set(choice, changes);
    changes[bucket] = (changes[bucket] ?? 0) + by;
    this.#length = Math.max(this.#length, bucket + 1);
  }

  /** The votes of a choice at the end of each bucket. */
  standing(choice: string): number[] {
    const changes = this.#changes.get(choice) ?? [];
    let sum = 0;
    return Array.from({ length: this.#length }, (_, bucket) => {
      sum += changes[bucket] ?? 0;
      return sum;
    });
  }

  #halve(): void {
    this.#bucketMs *= 2;
    this.#length = Math.ceil(this.#length / 2);
    for (const [choice, changes] of this.#changes) {
      const halved: number[] = [];
      // Not forEach: the array has holes.
      for (let bucket = 0; bucket < changes.length; bucket++) {
        const at = bucket >> 1;
        halved[at] = (halved[at] ?? 0) + (changes[bucket] ?? 0);
      }
      this.#changes.set(choice, halved);
    }
  }
}
