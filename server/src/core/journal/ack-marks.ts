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

  get bytes(): number {
    return 96 + this.#marks.length * 8;
  }

  /** The highest offset that was acknowledged; 0: none. */
  get offset(): number {
    return this.#marks.at(1 - FIELDS) ?? 0;
  }

  /**
   * @param offset that the ack says
   * @param allBytes the bytes of entries that were sent, if all of them are acknowledged by now; else 0
   */
  add(now: number, offset: number, allBytes: number): void {
    const marks = this.#marks;
    const reached = Math.max(offset, this.offset);
    const all = allBytes || (marks.at(-1) ?? 0);
    if (marks.length === 0 || now - this.#beganMs >= SHARED_MS) {
      this.#beganMs = now;
      if (marks.length >= MARKS_MOST * FIELDS) this.#thin();
      marks.push(now, reached, all);
      return;
    }
    const at = marks.length - FIELDS;
    marks[at] = now;
    marks[at + 1] = reached;
    marks[at + 2] = all;
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
