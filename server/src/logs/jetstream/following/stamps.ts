/** For how many messages it is known that they were stamped too early. */
const LATE_MOST = 65_536;

/** The times of messages, which never run backwards, though the servers that stamp them may have several clocks. */
export class Stamps {
  #newest = 0;
  /** Times of those whose stamps lie before that of a message before them. */
  readonly #late = new Map<number, number>();

  /** The time of the next message. */
  take(sequence: number, stamp: number): number {
    if (stamp >= this.#newest) {
      this.#newest = stamp;
      return stamp;
    }
    if (this.#late.size >= LATE_MOST) this.#late.delete(this.#late.keys().next().value as number);
    this.#late.set(sequence, this.#newest);
    return this.#newest;
  }

  /** The time of something that has no message of its own, and comes before one with a stamp. */
  latest(stamp: number): number {
    return Math.max(this.#newest, stamp);
  }

  /** The time of a message that is read again; of one that was not taken here, its stamp. */
  of(sequence: number, stamp: number): number {
    return this.#late.size === 0 ? stamp : (this.#late.get(sequence) ?? stamp);
  }
}
