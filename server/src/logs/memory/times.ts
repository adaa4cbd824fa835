interface Mark {
  readonly time: number;
  /** Offset of the entry before the first one of this time or later. */
  readonly before: number;
  /** Time and offset of the newest entry before the next mark. */
  lastTime: number;
  last: number;
}

/** How close marks stand, and how many are kept: an hour of them. */
const EVERY_MS = 1_000;
const MARKS = 3_600;

/** Where in the log each second began, also for entries that it no longer holds: so that what is lost of "the last ten minutes" can be told. */
export class Times {
  #marks: Mark[] = [];

  /** Notes an entry; times never run backwards. */
  passed(time: number, offset: number): void {
    const newest = this.#marks.at(-1);
    if (newest && time < newest.time + EVERY_MS) {
      newest.lastTime = time;
      newest.last = offset;
      return;
    }
    this.#marks.push({ time, before: offset - 1, lastTime: time, last: offset });
    if (this.#marks.length > MARKS * 2) this.#marks = this.#marks.slice(-MARKS);
  }

  /** An offset that every entry of this time or later is above, at most a second too early; 0 when it is before all that is known. */
  before(time: number): number {
    for (let i = this.#marks.length - 1; i >= 0; i--) {
      const mark = this.#marks[i] as Mark;
      if (mark.lastTime < time) return mark.last;
      if (mark.time <= time) return mark.before;
    }
    return 0;
  }
}
