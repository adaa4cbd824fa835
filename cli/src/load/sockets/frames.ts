/** Takes the frames of one WebSocket as a server sends them. */
export interface FrameSink {
  /**
   * One whole frame, fragments as they come.
   * @param opcode of RFC 6455, section 5.2: 1 text, 2 binary, 8 close, 9 ping, 10 pong; 0 goes on with a fragment
   * @param data holds the payload from `at` to `end`, and only during the call
   */
  frame(opcode: number, data: Buffer, at: number, end: number): void;
}

/** The longest header of a frame without a mask. */
const HEADER_MOST = 10;

/** Cuts what a socket reads into WebSocket frames, without a copy but for those that two reads share. */
export class FrameReader {
  readonly #sink: FrameSink;
  /** The beginning of a frame whose end has not come. */
  #rest: Buffer = Buffer.alloc(0);
  #kept = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @param data may be used for something else as soon as this returns */
  read(data: Buffer, start: number, end: number): void {
    const begun = this.#kept > 0 ? this.#finish(data, start, end) : start;
    const at = this.#whole(data, begun, end);
    if (at < end) this.#keep(data, at, end);
  }

  /** Hands over whole frames; answers where the first one begins that is not. */
  #whole(data: Buffer, start: number, length: number): number {
    let at = start;
    while (length - at >= 2) {
      const short = data[at + 1] as number;
      let from = at + 2;
      let bytes = short;
      if (short >= 126) {
        from += short === 126 ? 2 : 8;
        if (length < from) break;
        bytes = short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
      }
      const end = from + bytes;
      if (end > length) break;
      this.#sink.frame((data[at] as number) & 0x0f, data, from, end);
      at = end;
    }
    return at;
  }

  /** Gives the frame begun before what it lacks; answers where the next one begins. */
  #finish(data: Buffer, start: number, end: number): number {
    let at = start;
    for (let lack = this.#lack(); lack > 0; lack = this.#lack()) {
      const most = Math.min(at + lack, end);
      this.#keep(data, at, most);
      at = most;
      if (at === end && this.#lack() > 0) return end;
    }
    const length = this.#kept;
    this.#kept = 0;
    this.#whole(this.#rest, 0, length);
    return at;
  }

  /** How many bytes the frame that is kept lacks, as far as is known: first those of its header. */
  #lack(): number {
    if (this.#kept < 2) return 2 - this.#kept;
    const short = this.#rest[1] as number;
    const header = short < 126 ? 2 : short === 126 ? 4 : HEADER_MOST;
    if (this.#kept < header) return header - this.#kept;
    const bytes =
      short < 126
        ? short
        : short === 126
          ? this.#rest.readUInt16BE(2)
          : Number(this.#rest.readBigUInt64BE(2));
    return header + bytes - this.#kept;
  }

  #keep(data: Buffer, at: number, end: number): void {
    const needed = this.#kept + end - at;
    if (needed > this.#rest.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#rest.length, 1_024));
      this.#rest.copy(larger, 0, 0, this.#kept);
      this.#rest = larger;
    }
    data.copy(this.#rest, this.#kept, at, end);
    this.#kept = needed;
  }
}

/**
 * A frame as a client sends it. Its mask is zero, which RFC 6455 allows to all but browsers, so that nothing has to be
 * masked.
 */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
  header[0] = 0x80 | opcode;
  if (length < 126) header[1] = 0x80 | length;
  else if (length < 65_536) {
    header[1] = 0x80 | 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, payload]);
}
