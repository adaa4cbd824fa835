import { FairQueue, type Queued } from '../../sharing/fair-queue.ts';
import { firstWhere } from '../first-where.ts';
import type { Held } from './held.ts';

/** A place keeps its offset when its entry is gone, so that places stay searchable. */
interface Place {
  readonly offset: number;
  last: Queued<Held> | undefined;
}

/**
 * The last publications of channels that have been quiet for so long that the log has let go of everything around them.
 * In offset order, because they come here in that order; bounded by bytes, the oldest going first, and those of users
 * that have more than their share.
 */
export class Lasts {
  readonly #queue: FairQueue<Held>;
  #places: Place[] = [];

  /**
   * @param mostBytes from 1
   * @param onGone called with each that has left to make room
   */
  constructor(mostBytes: number, onGone: (last: Held) => void) {
    this.#queue = new FairQueue(mostBytes, ({ value }) => {
      this.#clear(value.offset);
      onGone(value);
    });
  }

  get count(): number {
    return this.#queue.count;
  }

  get bytes(): number {
    return this.#queue.weight;
  }

  /** Takes an entry whose offset is above all others here, for a user's share. */
  add(entry: Held, bytes: number, user: string): void {
    this.#places.push({ offset: entry.offset, last: this.#queue.add(user, bytes, entry) });
    this.#queue.makeRoom(user);
  }

  /** The entry of an offset, if it is here. */
  at(offset: number): Held | undefined {
    return this.#placeOf(offset)?.last?.value;
  }

  /** Lets go of the entry of an offset, if it is here: its channel has a newer one. */
  remove(offset: number): void {
    const last = this.#placeOf(offset)?.last;
    if (!last) return;
    this.#queue.remove(last);
    this.#clear(offset);
  }

  /** Visits those above an offset, in order, until `visit` answers false. */
  each(after: number, visit: (entry: Held) => boolean): boolean {
    for (let at = this.#firstAbove(after); at < this.#places.length; at++) {
      const entry = this.#places[at]?.last?.value;
      if (entry && !visit(entry)) return false;
    }
    return true;
  }

  /** Visits those up to an offset and above another, newest first, until `visit` answers false. */
  eachBack(upTo: number, after: number, visit: (entry: Held) => boolean): boolean {
    for (let at = this.#firstAbove(upTo) - 1; at >= 0; at--) {
      const place = this.#places[at] as Place;
      if (place.offset <= after) break;
      const entry = place.last?.value;
      if (entry && !visit(entry)) return false;
    }
    return true;
  }

  /** Offset of the newest from before a time; 0 if there is none. */
  before(time: number): number {
    for (let at = this.#places.length - 1; at >= 0; at--) {
      const entry = this.#places[at]?.last?.value;
      if (entry && entry.time < time) return entry.offset;
    }
    return 0;
  }

  #clear(offset: number): void {
    const place = this.#placeOf(offset);
    if (place) place.last = undefined;
    const gone = this.#places.length - this.#queue.count;
    if (gone > 64 && gone * 2 > this.#places.length) this.#places = this.#places.filter(({ last }) => last);
  }

  #placeOf(offset: number): Place | undefined {
    const place = this.#places[this.#firstAbove(offset - 1)];
    return place?.offset === offset ? place : undefined;
  }

  #firstAbove(offset: number): number {
    return firstWhere(0, this.#places.length, (at) => (this.#places[at] as Place).offset > offset);
  }
}
