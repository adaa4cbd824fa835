const LINE_FEED = 0x0a;

/** Cuts a body into lines. It holds one chunk and the beginning of one line, never more than `mostBytes` of it. */
export class LineReader {
  readonly #mostBytes: number;
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #chunk: Buffer = Buffer.alloc(0);

  /** @param mostBytes longest line; of a longer one nothing is kept */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** To be called when {@link next} has no more. */
  feed(chunk: Buffer): void {
    this.#chunk = chunk;
  }

  /** The next line, without its line feed; null: it is too long; undefined: the chunk has no more. */
  next(): Buffer | null | undefined {
    const end = this.#chunk.indexOf(LINE_FEED);
    if (end < 0) {
      this.#keep(this.#chunk);
      this.#chunk = Buffer.alloc(0);
      return undefined;
    }
    this.#keep(this.#chunk.subarray(0, end));
    this.#chunk = this.#chunk.subarray(end + 1);
    return this.#take();
  }

  /** What came after the last line feed, once the body has ended; undefined: nothing did. */
  last(): Buffer | null | undefined {
    return this.#begunBytes === 0 ? undefined : this.#take();
  }

  #keep(piece: Buffer): void {
    this.#begunBytes += piece.length;
    if (this.#begunBytes > this.#mostBytes) this.#begun = [];
    // A copy: a piece would hold the whole chunk that it was read with.
    else if (piece.length > 0) this.#begun.push(Buffer.from(piece));
  }

  #take(): Buffer | null {
    const line = this.#begunBytes > this.#mostBytes ? null : Buffer.concat(this.#begun);
    this.#begun = [];
    this.#begunBytes = 0;
    return line;
  }
}
