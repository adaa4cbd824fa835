import type { PackId } from '../places.ts';

/** Lives of nodes whose last number is known. A node that has been away for longer has begun another life. */
const LIVES_MOST = 10_000;

/** Packs and records that are known not to count. Beyond, the oldest are forgotten, which a scan then answers. */
const DROPPED_MOST = 1_000_000;

/** What of the stream does not count, since it came before: judged when it is read, by every node alike. */
export class Twice {
  /** The last number of each life, in the order in which they came last. */
  readonly #lastNumbers = new Map<string, number>();
  /** By sequence: which records of a pack do not count; 'all': none does. */
  readonly #dropped = new Map<number, 'all' | Set<number>>();

  /** Whether the next pack is one that came before, or was overtaken by a later one of its writer. */
  isAgain(id: PackId, sequence: number): boolean {
    if (this.cameBefore(id, sequence)) return true;
    const { incarnation, number } = id;
    this.#lastNumbers.delete(incarnation);
    this.#lastNumbers.set(incarnation, number);
    if (this.#lastNumbers.size > LIVES_MOST) deleteOldest(this.#lastNumbers);
    return false;
  }

  /** The same of a pack that cannot be read: where it did not come before, the next one of its id may. */
  cameBefore({ incarnation, number }: PackId, sequence: number): boolean {
    const last = this.#lastNumbers.get(incarnation) ?? 0;
    if (number <= last) {
      this.#drop(sequence, 'all');
      return true;
    }
    return false;
  }

  /** A record of the next pack does not count. @param index from 0 */
  dropRecord(sequence: number, index: number): void {
    const known = this.#dropped.get(sequence);
    if (known instanceof Set) known.add(index);
    else this.#drop(sequence, new Set([index]));
  }

  /** Whether a record that is read again counts. */
  counts(sequence: number, index: number): boolean {
    if (this.#dropped.size === 0) return true;
    const dropped = this.#dropped.get(sequence);
    return dropped === undefined || (dropped !== 'all' && !dropped.has(index));
  }

  /** The stream holds nothing below a sequence any more. */
  forgetBelow(sequence: number): void {
    for (const known of this.#dropped.keys()) {
      if (known >= sequence) return;
      this.#dropped.delete(known);
    }
  }

  #drop(sequence: number, what: 'all' | Set<number>): void {
    this.#dropped.set(sequence, what);
    if (this.#dropped.size > DROPPED_MOST) deleteOldest(this.#dropped);
  }
}

function deleteOldest<K>(map: Map<K, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
