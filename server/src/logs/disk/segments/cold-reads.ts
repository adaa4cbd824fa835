/** More reads of files at a time would leave too few of the runtime's four threads to those that write and sync. */
const AT_ONCE = 2;

/** Reads of files, a few at a time, in the order in which they were asked for. */
export class ColdReads {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce = AT_ONCE) {
    this.#atOnce = atOnce;
  }

  /** @param read MUST NOT wait for another one */
  async run<T>(read: () => Promise<T>): Promise<T> {
    // A read that ends hands its place to the next one, so the number of those running stays the same.
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
