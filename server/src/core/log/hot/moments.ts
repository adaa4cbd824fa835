interface Mark {
  /** A moment of the log's `elapsed`. */
  readonly atMs: number;
  /** Offset of the entry before the first one of this moment or later; undefined: unknown. */
  readonly before: number | undefined;
  /** Moment and offset of the newest entry before the next mark. */
  lastMs: number;
  last: number;
}

/** How close marks stand, and how many are kept: an hour of them. */
const EVERY_MS = 1_000;
const MARKS = 3_600;

/**
 * Where in the log each second began, also for entries that it no longer holds: so that a read of "the last ten
 * minutes" can report what it lost.
 */
export class Moments {
  #marks: Mark[] = [];
  readonly #beginning: number | undefined;

  /** @param beginning offset of the entry before the first one; undefined: unknown */
  constructor(beginning: number | undefined) {
    this.#beginning = beginning;
  }

  /** Notes an entry; moments never run backwards. */
  passed(atMs: number, offset: number): void {
    const newest = this.#marks.at(-1);
    if (newest && atMs < newest.atMs + EVERY_MS) {
      newest.lastMs = atMs;
      newest.last = offset;
      return;
    }
    this.#marks.push({ atMs, before: newest ? newest.last : this.#beginning, lastMs: atMs, last: offset });
    if (this.#marks.length > MARKS * 2) this.#marks = this.#marks.slice(-MARKS);
  }

  /**
   * An offset below every entry of this moment or later, at most a second too early; undefined before all that is
   * known.
   */
  before(atMs: number): number | undefined {
    for (let i = this.#marks.length - 1; i >= 0; i--) {
      const mark = this.#marks[i] as Mark;
      if (mark.lastMs < atMs) return mark.last;
      if (mark.atMs <= atMs) return mark.before;
    }
    return undefined;
  }
}
