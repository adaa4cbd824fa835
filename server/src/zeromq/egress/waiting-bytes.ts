export interface WaitingBytesOptions {
  /** Messages that may wait for one peer. */
  readonly mark: number;
  /** Bytes that may wait for one peer. */
  readonly bytes: number;
  /** Size of the largest message that there can be. */
  readonly largest: number;
}

/**
 * ZeroMQ counts what waits for a peer in messages, whatever their size, and its mark cannot be lowered while peers are
 * connected: a peer that has read everything may be taken for one that is full, and then receives nothing any more. So
 * the mark stays until the messages that went out could be too many bytes for one that reads nothing; then it is
 * lowered, with connections that begin again.
 */
export class WaitingBytes {
  readonly #bytes: number;
  readonly #largest: number;
  #mark: number;
  /** Even if only messages of this size wait, half of the bytes are enough. */
  #evenly: number;
  #largestSent = 0;
  /** What was sent beyond that size since the connections began. */
  #excess = 0;

  constructor({ mark, bytes, largest }: WaitingBytesOptions) {
    this.#bytes = bytes;
    this.#largest = largest;
    this.#mark = mark;
    this.#evenly = bytes / 2 / mark;
  }

  /** Messages that may wait for one peer now. */
  get mark(): number {
    return this.#mark;
  }

  /**
   * A message of this size goes out; answers whether a peer that has read nothing might now have too many bytes
   * waiting.
   */
  sent(bytes: number): boolean {
    if (bytes <= this.#evenly || this.#mark === 1) return false;
    if (bytes > this.#largestSent) this.#largestSent = bytes;
    this.#excess += bytes - this.#evenly;
    return this.#excess > this.#bytes / 2;
  }

  /** No peer is connected, so that nothing waits. */
  reset(): void {
    this.#excess = 0;
  }

  /** Lowers the mark for messages twice as large as were sent, so that it is lowered a few times in all. */
  lower(): number {
    const size = Math.min(2 * this.#largestSent, Math.max(this.#largest, this.#largestSent));
    this.#mark = Math.max(1, Math.min(this.#mark, Math.floor(this.#bytes / 2 / size)));
    this.#evenly = this.#bytes / 2 / this.#mark;
    this.reset();
    return this.#mark;
  }
}
