import { firstWhere } from '../log/first-where.ts';
import type { Fate, Places } from './places.ts';

/** Receives the changes of a group. */
export interface GroupListener {
  /** One of its sessions has answered for everything. */
  answered(): void;
  /** It takes this many bytes more than was reckoned for it. */
  grew(bytes: number): void;
}

/** A session that has to answer, as its group knows it. */
export interface Answering {
  /** The group's: where it keeps this one. */
  at: number;
  /** All its publications up to here are acknowledged. */
  readonly reached: number;
  /** Visits the places of which something is known, whatever is acknowledged. */
  eachKnown(visit: (place: number, fate: Fate) => void): void;
  /** It has not to answer any more. */
  moveTo(nowhere: undefined): void;
}

/**
 * All sessions with the same filters: the same channels of the put match them. Each is counted when it has answered,
 * and nothing more is kept of it: ten thousand sessions times a thousand channels are a few numbers for each channel.
 */
export class Group {
  readonly places: Places;
  /** How many of these are its own, from `from` on. */
  readonly length: number;
  readonly from: number;
  readonly #counts: number;
  readonly #listener: GroupListener;
  /** Those who have not answered for everything. */
  readonly #open: Answering[] = [];
  #counted = 0;

  constructor(places: Places, indexes: readonly number[], listener: GroupListener) {
    this.places = places;
    this.length = indexes.length;
    const { from, counts } = places.add(indexes);
    this.from = from;
    this.#counts = counts;
    this.#listener = listener;
  }

  offsetAt(place: number): number {
    return this.places.offsetAt(this.from + place);
  }

  channelAt(place: number): string {
    return this.places.channelAt(this.from + place);
  }

  /** The first of its places above an offset; `length` if there is none. */
  firstAbove(offset: number): number {
    return firstWhere(0, this.length, (place) => this.offsetAt(place) > offset);
  }

  open(witness: Answering): void {
    witness.at = this.#open.push(witness) - 1;
  }

  /** It has answered for everything. */
  answered(witness: Answering): void {
    const last = this.#open.pop();
    if (last && last !== witness) {
      this.#open[witness.at] = last;
      last.at = witness.at;
    }
    this.#count(witness);
    this.#listener.answered();
  }

  grew(bytes: number): void {
    this.#listener.grew(bytes);
  }

  /** Counts a session that never acknowledges. */
  countMute(): void {
    this.#counted++;
    this.places.reached(this.#counts, 0);
  }

  /** Ends the wait for the others: they are counted by what is known of them now. */
  end(): void {
    for (const witness of this.#open.splice(0)) {
      witness.moveTo(undefined);
      this.#count(witness);
    }
  }

  /** Adds its numbers to those of the put, by the index of the channel. */
  addTo(counts: readonly Record<Fate, number>[]): void {
    let reached = this.#counted;
    for (let place = 0; place < this.length; place++) {
      reached -= this.places.reachedBy(this.#counts, place);
      const count = counts[this.places.indexAt(this.from + place)];
      if (!count) continue;
      const confirmed = reached - this.places.unconfirmedAt(this.from + place);
      const skipped = this.places.skippedAt(this.from + place);
      count.confirmed += confirmed;
      count.skipped += skipped;
      count.unanswered += this.#counted - confirmed - skipped;
    }
  }

  /** Counts a session by what is known of it now. */
  #count(witness: Answering): void {
    this.#counted++;
    const { places } = this;
    const reached = this.firstAbove(witness.reached);
    places.reached(this.#counts, reached);
    const before = places.singleBytes;
    witness.eachKnown((place, fate) => places.missed(this.from + place, fate, place < reached));
    if (places.singleBytes > before) this.grew(places.singleBytes - before);
  }
}
