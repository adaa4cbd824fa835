/** Acks that come within this of the first of them share a mark, in ms. */
const SHARED_MS = 250;

/** Most marks of one session. */
export const MARKS_MOST = 16;

/** Numbers of a mark: when its last ack came, the offset acknowledged then, and `allBytes`. */
const FIELDS = 3;

/** Between which acks an application has acknowledged something, in ms since 1970. */
export interface Acknowledged {
  /** The last ack known that did not acknowledge it; undefined: none is known. */
  readonly after: number | undefined;
  /** The first ack known that did. */
  readonly by: number;
}

/**
 * How far the acks of one session had come, and when: a few of them, the newest closest together. An ack costs two
 * comparisons and three stores.
 */
export class AckMarks {
  /** `FIELDS` numbers a mark, the oldest first. */
  readonly #marks: number[] = [];
  #beganMs = 0;
  #offset = 0;
  #allBytes = 0;

  get bytes(): number {
    return 128 + this.#marks.length * 8;
  }

  /** The highest offset that was acknowledged; 0: none. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether these say anything that is not known. */
  isNews(offset: number, allBytes: number): boolean {
    return offset > this.#offset || allBytes > this.#allBytes;
  }

  /**
   * @param offset that the ack says
   * @param allBytes the bytes of entries that were sent, if all of them are acknowledged by now; else 0
   */
  add(now: number, offset: number, allBytes: number): void {
    this.#offset = Math.max(this.#offset, offset);
    this.#allBytes = Math.max(this.#allBytes, allBytes);
    const marks = this.#marks;
    if (marks.length > 0 && now - this.#beganMs < SHARED_MS) marks.length -= FIELDS;
    else {
      this.#beganMs = now;
      if (marks.length >= MARKS_MOST * FIELDS) this.#thin();
    }
    marks.push(now, this.#offset, this.#allBytes);
  }

  /** When an offset was acknowledged; undefined: it was not. */
  reached(offset: number): Acknowledged | undefined {
    return this.#first(1, offset);
  }

  /** When everything was acknowledged that had been sent when these bytes had been; undefined: nobody knows. */
  reachedAll(sentBytes: number): Acknowledged | undefined {
    return this.#first(2, sentBytes);
  }

  #first(field: number, least: number): Acknowledged | undefined {
    const marks = this.#marks;
    for (let at = 0; at < marks.length; at += FIELDS) {
      if ((marks[at + field] as number) >= least)
        return { after: marks[at - FIELDS], by: marks[at] as number };
    }
    return undefined;
  }

  /** Of the older half every other one goes: what it said lies between its neighbours from now on. */
  #thin(): void {
    const marks = this.#marks;
    let to = FIELDS;
    for (let from = FIELDS; from < marks.length; from += FIELDS) {
      if (from < marks.length / 2 && (from / FIELDS) % 2 === 1) continue;
      for (let field = 0; field < FIELDS; field++) marks[to + field] = marks[from + field] as number;
      to += FIELDS;
    }
    marks.length = to;
  }
}
