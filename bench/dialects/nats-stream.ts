/** Takes what a nats-server says. */
export interface NatsSink {
  /** One message; `data` holds its payload up to `end`, and only during the call. */
  message(data: Buffer, end: number): void;
  /** One line that is not the head of a message, without its end: `INFO …`, `PING`, `PONG`, `-ERR …`. */
  line(text: string): void;
}

const LETTER_M = 0x4d;
const SPACE = 0x20;
const CR = 0x0d;
const ZERO = 0x30;
const LINE_END_BYTES = 2;

/** Copied first of a piece to finish what the one before began: enough for the messages of a benchmark. */
const FINISH_BYTES = 256;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a stream of NATS's protocol into messages and lines, without a copy but for what two pieces share: pieces are
 * cut wherever the server's buffer was full.
 */
export class NatsStream {
  readonly #sink: NatsSink;
  /** The beginning of what has not come whole. */
  #rest: Buffer = NOTHING;

  constructor(sink: NatsSink) {
    this.#sink = sink;
  }

  /** @param data may be used for something else as soon as this returns */
  read(data: Buffer, at: number, end: number): void {
    const begun = this.#rest.length > 0 ? this.#finish(data, at, end) : at;
    const from = this.#whole(data, begun, end);
    if (from < end) this.#rest = Buffer.from(data.subarray(from, end));
  }

  /**
   * Gives what has begun before what it lacks; answers where the piece goes on. How much it lacks is not known before
   * its first line is whole.
   */
  #finish(data: Buffer, at: number, end: number): number {
    const begun = this.#rest;
    for (let bytes = FINISH_BYTES; ; bytes *= 4) {
      const to = Math.min(at + bytes, end);
      const joined = Buffer.concat([begun, data.subarray(at, to)]);
      const used = this.#whole(joined, 0, joined.length);
      this.#rest = used > 0 ? NOTHING : joined;
      if (used > 0) return at + used - begun.length;
      if (to === end) return end;
    }
  }

  /** Hands over what is whole; answers where that begins which is not. */
  #whole(data: Buffer, start: number, end: number): number {
    let at = start;
    for (;;) {
      let line = at;
      while (line < end && data[line] !== CR) line++;
      let next = line + LINE_END_BYTES;
      if (next > end) return at;
      if (data[at] === LETTER_M) {
        const payloadEnd = next + sizeBefore(data, line);
        next = payloadEnd + LINE_END_BYTES;
        if (next > end) return at;
        this.#sink.message(data, payloadEnd);
      } else this.#sink.line(data.toString('latin1', at, line));
      at = next;
    }
  }
}

/** The last number of the line that ends at `end`: `MSG subject sid size`. */
function sizeBefore(data: Buffer, end: number): number {
  let size = 0;
  let unit = 1;
  for (let i = end - 1; data[i] !== SPACE; i--, unit *= 10) size += ((data[i] as number) - ZERO) * unit;
  return size;
}
