import { firstWhere } from '../../core/log/first-where.ts';
import type { Held } from './held.ts';

/** A place keeps its offset when its entry is gone, so that places stay searchable. */
interface Place {
  readonly offset: number;
  entry: Held | undefined;
}

/**
 * The last publications of channels that have been quiet for so long that the log has let go of everything around them. In
 * offset order, because they come here in that order; bounded by bytes, the oldest going first.
 */
export class Lasts {
  readonly #mostBytes: number;
  #places: Place[] = [];
  #gone = 0;
  /** Before this place all entries are gone. */
  #oldest = 0;
  bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get count(): number {
    return this.#places.length - this.#gone;
  }

  /** Takes an entry whose offset is above all others here. */
  add(entry: Held, bytes: number): void {
    this.#places.push({ offset: entry.offset, entry });
    this.bytes += bytes;
  }

  /** The entry of an offset, if it is here. */
  at(offset: number): Held | undefined {
    const place = this.#places[this.#firstAbove(offset - 1)];
    return place?.offset === offset ? place.entry : undefined;
  }

  /** Lets go of an entry: its channel has a newer one, or its room is needed. */
  remove(entry: Held, bytes: number): void {
    const place = this.#places[this.#firstAbove(entry.offset - 1)];
    if (place?.entry !== entry) return;
    place.entry = undefined;
    this.#gone++;
    this.bytes -= bytes;
    if (this.#gone > 64 && this.#gone * 2 > this.#places.length) {
      this.#places = this.#places.filter((one) => one.entry);
      this.#gone = 0;
      this.#oldest = 0;
    }
  }

  /** The oldest, if there are more bytes than may be. */
  surplus(): Held | undefined {
    if (this.bytes <= this.#mostBytes) return undefined;
    while (this.#oldest < this.#places.length && !this.#places[this.#oldest]?.entry) this.#oldest++;
    return this.#places[this.#oldest]?.entry;
  }

  /** Visits those above an offset, in order, until `visit` answers false. */
  each(after: number, visit: (entry: Held) => boolean): boolean {
    for (let at = this.#firstAbove(after); at < this.#places.length; at++) {
      const entry = this.#places[at]?.entry;
      if (entry && !visit(entry)) return false;
    }
    return true;
  }

  #firstAbove(offset: number): number {
    return firstWhere(0, this.#places.length, (at) => (this.#places[at] as Place).offset > offset);
  }
}
