import type { Fate, Place, Witness } from './witness.ts';

/**
 * All sessions with the same filters: they wanted the same of the put. Each is counted when it has answered, and nothing more is kept
 * of it: ten thousand sessions times a thousand channels are a few numbers for each channel.
 */
export class Group {
  readonly places: readonly Place[];
  /** Those who have not answered for everything. */
  readonly open = new Set<Witness>();
  /** By number of places: how many sessions confirmed just so many, from the first on, and answered for none behind. */
  readonly #confirmedUpTo: number[];
  /** By place: of the other sessions. */
  readonly #fates: Record<Fate, number[]>;

  constructor(places: readonly Place[]) {
    this.places = places;
    const zeros = (count: number): number[] => new Array<number>(count).fill(0);
    this.#confirmedUpTo = zeros(places.length + 1);
    const each = (): number[] => zeros(places.length);
    this.#fates = { confirmed: each(), skipped: each(), unanswered: each() };
  }

  /** Counts a session by what is known of it now. */
  count(witness: Witness): void {
    if (witness.isUnbroken) {
      this.#reached(witness.confirmedPlaces);
      return;
    }
    for (const [i, place] of this.places.entries()) {
      const fates = this.#fates[witness.fate(place)];
      fates[i] = (fates[i] ?? 0) + 1;
    }
  }

  /** Counts a session that never acknowledges. */
  countMute(): void {
    this.#reached(0);
  }

  /** Adds its numbers to those of the put, by the index of the channel. */
  addTo(counts: readonly Record<Fate, number>[]): void {
    const unbroken = this.#confirmedUpTo.reduce((sum, sessions) => sum + sessions, 0);
    let confirmed = unbroken;
    for (const [i, { index }] of this.places.entries()) {
      confirmed -= this.#confirmedUpTo[i] ?? 0;
      const count = counts[index];
      if (!count) continue;
      count.confirmed += confirmed + (this.#fates.confirmed[i] ?? 0);
      count.skipped += this.#fates.skipped[i] ?? 0;
      count.unanswered += unbroken - confirmed + (this.#fates.unanswered[i] ?? 0);
    }
  }

  #reached(places: number): void {
    this.#confirmedUpTo[places] = (this.#confirmedUpTo[places] ?? 0) + 1;
  }
}
