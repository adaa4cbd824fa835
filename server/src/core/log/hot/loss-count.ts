import type { FilterSet } from '@zerospan/shared';
import { FilterIndex } from '../../filter-index.ts';

/** What asks for what it lost above `from`, up to and with `to`. */
export interface Counted {
  readonly interest: { readonly filter: FilterSet };
  readonly from: number;
  readonly to: number;
}

/** What one lost. */
export interface Counts {
  /** Offset of the first entry; null when unknown. */
  readonly first: number | null;
  /** How many publications; null when unknown. */
  readonly missed: number | null;
}

export const UNKNOWN: Counts = { first: null, missed: null };

interface Tally {
  readonly from: number;
  readonly to: number;
  first: number | null;
  missed: number | null;
  /** The last offset that was counted: several of its filters may match. */
  at: number;
}

/** What several readers lost, counted offset by offset for all of them together. */
export class LossCount {
  /** Steps: offsets, places of the index that finds the filters matching their channels, and the matches found. */
  scanned = 0;
  /** All that is asked for lies above this. */
  readonly from: number;
  readonly to: number;
  readonly #tallies = new Map<Counted, Tally>();
  readonly #index = new FilterIndex<Tally>();
  #offset = 0;
  /** How many publications the entry stands for; null when nobody knows. */
  #stands: number | null = null;
  /** One function for all entries. */
  readonly #take = (tally: Tally): void => {
    this.scanned++;
    const offset = this.#offset;
    if (offset <= tally.from || offset > tally.to || offset === tally.at) return;
    tally.at = offset;
    tally.first ??= offset;
    if (tally.missed !== null) tally.missed = this.#stands === null ? null : tally.missed + this.#stands;
  };

  constructor(asked: readonly Counted[]) {
    let from = Number.POSITIVE_INFINITY;
    let to = 0;
    for (const one of asked) {
      from = Math.min(from, one.from);
      to = Math.max(to, one.to);
      const tally = { from: one.from, to: one.to, first: null, missed: 0, at: 0 };
      this.#tallies.set(one, tally);
      this.#index.add(one.interest.filter, tally);
    }
    this.from = from;
    this.to = to;
  }

  /** An offset at which nothing was lost. */
  pass(): void {
    this.scanned++;
  }

  /** An entry was lost. @param stands how many publications it stands for; null when nobody knows */
  add(offset: number, channel: string, stands: number | null): void {
    this.#offset = offset;
    this.#stands = stands;
    this.scanned += this.#index.each(channel, this.#take);
  }

  /** What one of these lost; unknown for one that was not asked for. */
  of(one: Counted): Counts {
    return this.#tallies.get(one) ?? UNKNOWN;
  }
}
