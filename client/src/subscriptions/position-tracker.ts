import type { Position, WelcomeBody } from '@zerospan/shared';

/** How far this bus has come: the epoch of its log and the last offset that is a full account of what it received. */
export class PositionTracker {
  #epoch: string | undefined;
  #offset: number | undefined;
  /** The newest offset of this epoch that the server has named in an answer. */
  #known = 0;
  /** The newest offset of the log when the server said welcome. */
  #head = 0;
  readonly #waiting = new Set<() => void>();

  constructor(resume?: Position) {
    this.#epoch = resume?.epoch;
    this.#offset = resume?.offset;
  }

  /** The epoch that all offsets here belong to; undefined before the first welcome. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  get offset(): number | undefined {
    return this.#offset;
  }

  /** The newest offset that this bus knows to be appended: what begins now, begins above it. */
  get newest(): number {
    return Math.max(this.#offset ?? 0, this.#known);
  }

  get position(): Position | undefined {
    if (this.#epoch === undefined || this.#offset === undefined) return undefined;
    return { epoch: this.#epoch, offset: this.#offset };
  }

  /**
   * Takes what a welcome says, also an offset below the present one: a session may resume in the middle of a replay.
   * Answers the epoch that has ended, when it was another.
   */
  welcomed({ epoch, from, head }: WelcomeBody): string | undefined {
    const before = this.#epoch;
    this.#head = head;
    this.#waiting.clear();
    this.#epoch = epoch;
    this.#offset = from;
    if (before !== epoch) this.#known = 0;
    return before === epoch ? undefined : before;
  }

  moved(offset: number): void {
    if (this.#offset === undefined || offset > this.#offset) this.#offset = offset;
    if (this.#waiting.size === 0 || this.#offset < this.#head) return;
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const action of due) action();
  }

  /**
   * Calls back, at once or later, when everything has come that the log had when this connection began. It is forgotten
   * with the connection. Answers how to call it off.
   */
  atHead(action: () => void): () => void {
    if (this.#offset !== undefined && this.#offset >= this.#head) {
      action();
      return () => {};
    }
    const own = (): void => action();
    this.#waiting.add(own);
    return () => this.#waiting.delete(own);
  }

  /** The server has named an offset that may not have come yet. */
  knows(offset: number): void {
    this.#known = Math.max(this.#known, offset);
  }
}
