/** Channels of one source whose loss would be reported one by one; of more, one report stands for every channel. */
export const CARRIED_CHANNELS = 4_096;

/** Channels that something was lost on: these, or any that there is. */
export type Concerned = readonly string[] | 'every';

/** The channels that a source has sent something on. */
export class Carried {
  readonly #channels = new Set<string>();
  #isMore = false;

  /** Channels, as far as they are kept apart. */
  get size(): number {
    return this.#channels.size;
  }

  get isEmpty(): boolean {
    return this.#channels.size === 0 && !this.#isMore;
  }

  add(channel: string): void {
    if (this.#isMore || this.#channels.has(channel)) return;
    if (this.#channels.size < CARRIED_CHANNELS) {
      this.#channels.add(channel);
      return;
    }
    this.#isMore = true;
    this.#channels.clear();
  }

  /** A loss on this channel would be reported otherwise. */
  delete(channel: string): void {
    this.#channels.delete(channel);
  }

  /** Whether it has every channel of another, of which it is a part. */
  covers(whole: Carried): boolean {
    return this.#isMore || (!whole.#isMore && this.size === whole.size);
  }

  /** Adds what another has. */
  addAll(other: Carried): void {
    this.addConcerned(other.#isMore ? 'every' : [...other.#channels]);
  }

  /** Adds what somebody else says. */
  addConcerned(concerned: Concerned): void {
    if (concerned !== 'every') for (const channel of concerned) this.add(channel);
    else {
      this.#isMore = true;
      this.#channels.clear();
    }
  }

  /** What is to be reported; it begins again with nothing. */
  take(): Concerned {
    const concerned = this.#isMore ? 'every' : [...this.#channels];
    this.clear();
    return concerned;
  }

  clear(): void {
    this.#channels.clear();
    this.#isMore = false;
  }
}
