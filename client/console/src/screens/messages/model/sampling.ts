/** Seconds that it goes back. */
const SECONDS = 10;

/** How many of the messages are shown while the page cannot keep up, over the last seconds. */
export class Sampling {
  readonly #had: number[] = new Array<number>(SECONDS).fill(0);
  readonly #missed: number[] = new Array<number>(SECONDS).fill(0);
  #second = 0;

  had(messages: number): void {
    this.#had[this.#place()] = (this.#had[this.#place()] ?? 0) + messages;
  }

  missed(messages: number): void {
    this.#missed[this.#place()] = (this.#missed[this.#place()] ?? 0) + messages;
  }

  /** One in how many messages is shown; 1: all of them. */
  get oneIn(): number {
    this.#place();
    const had = this.#had.reduce((sum, each) => sum + each, 0);
    const missed = this.#missed.reduce((sum, each) => sum + each, 0);
    return missed === 0 ? 1 : (had + missed) / Math.max(1, had);
  }

  /** The place of this second. What is older than the seconds kept is forgotten. */
  #place(): number {
    const now = Math.floor(performance.now() / 1_000);
    for (let second = Math.max(this.#second + 1, now - SECONDS + 1); second <= now; second++) {
      this.#had[second % SECONDS] = 0;
      this.#missed[second % SECONDS] = 0;
    }
    this.#second = now;
    return now % SECONDS;
  }
}
