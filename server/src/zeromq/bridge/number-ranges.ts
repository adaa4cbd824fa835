/** Whether a number was there before. `unsure`: it lies below what is still remembered. */
export type Known = 'new' | 'seen' | 'unsure';

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The numbers of one origin that were seen, as ranges: bridges lose messages, so there are holes, and a number in a
 * hole may still come by another way. Beyond `most` ranges the lowest is forgotten, and whatever is not above it is
 * `unsure` from then on.
 */
export class NumberRanges {
  readonly #most: number;
  /** Ascending, with a hole between any two. */
  readonly #ranges: Range[] = [];
  #forgottenTo = -1;

  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#ranges.length;
  }

  /** Says whether a number was seen, and remembers it. */
  see(number: number): Known {
    const last = this.#ranges.at(-1);
    // Nearly every number follows the one before.
    if (last !== undefined && number === last.to + 1) {
      this.#ranges[this.#ranges.length - 1] = { from: last.from, to: number };
      return 'new';
    }
    if (number <= this.#forgottenTo) return 'unsure';
    return this.#insert(number) ? 'new' : 'seen';
  }

  /** Answers false if the number is there. */
  #insert(number: number): boolean {
    const ranges = this.#ranges;
    const at = this.#firstReaching(number);
    const after = ranges[at];
    if (after !== undefined && number >= after.from) return false;
    const before = ranges[at - 1];
    const from = before !== undefined && before.to === number - 1 ? before.from : number;
    const to = after !== undefined && after.from === number + 1 ? after.to : number;
    const joinsBefore = from !== number;
    const joinsAfter = to !== number;
    ranges.splice(joinsBefore ? at - 1 : at, Number(joinsBefore) + Number(joinsAfter), { from, to });
    if (ranges.length > this.#most) this.#forgottenTo = ranges.shift()?.to ?? this.#forgottenTo;
    return true;
  }

  /** The place of the first range that ends at a number or above it. */
  #firstReaching(number: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle] as Range).to < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
