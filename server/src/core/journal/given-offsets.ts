/** Most offsets that are kept of one replay, and of one record. */
export const GIVEN_MOST = 256;

/**
 * Offsets of publications that were written where no rule says whether they were: the last n of a channel, and what
 * the log still held within a gap. Beyond its bound it only knows that there were more.
 */
export class GivenOffsets {
  readonly #kept: number[] = [];
  /** The highest that was added, kept or not. */
  #highest = 0;

  get bytes(): number {
    return 64 + this.#kept.length * 8;
  }

  /** Whether an offset was added; undefined: it may have been. */
  has(offset: number): boolean | undefined {
    if (this.#kept.includes(offset)) return true;
    return offset > (this.#kept.at(-1) ?? 0) && offset <= this.#highest ? undefined : false;
  }

  /** Adds those up to an offset, of entries in their order. */
  add(entries: readonly { readonly offset: number }[], upTo: number): void {
    for (const { offset } of entries) {
      if (offset > upTo) return;
      if (this.#kept.length < GIVEN_MOST) this.#kept.push(offset);
      this.#highest = offset;
    }
  }
}
