/** How many samples are kept: with one a second, rates are of the last ten seconds. */
const SAMPLES = 10;

interface Sample<K extends string> {
  readonly atMs: number;
  readonly counts: Readonly<Record<K, number>>;
}

/** How fast counters have grown lately. Nothing is counted here: it compares what the counters were. */
export class Rates<K extends string> {
  readonly #elapsed: () => number;
  readonly #read: () => Readonly<Record<K, number>>;
  #samples: Sample<K>[];

  /**
   * @param elapsed ms by a clock that nobody sets
   * @param read the counters, which never shrink
   */
  constructor(elapsed: () => number, read: () => Readonly<Record<K, number>>) {
    this.#elapsed = elapsed;
    this.#read = read;
    this.#samples = [this.#now];
  }

  /** To be called about once a second. */
  sample(): void {
    this.#samples = [...this.#samples, this.#now].slice(-SAMPLES);
  }

  /** Growth of each counter a second since the oldest sample; 0 where no time has passed since. */
  get perS(): Record<K, number> {
    const { atMs, counts } = this.#now;
    const oldest = this.#samples[0] as Sample<K>;
    const seconds = (atMs - oldest.atMs) / 1_000;
    const rates = Object.entries<number>(counts).map(([name, count]) => [
      name,
      seconds > 0 ? (count - oldest.counts[name as K]) / seconds : 0,
    ]);
    return Object.fromEntries(rates) as Record<K, number>;
  }

  get #now(): Sample<K> {
    return { atMs: this.#elapsed(), counts: this.#read() };
  }
}
