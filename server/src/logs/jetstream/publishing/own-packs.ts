import type { StoreRecord } from '../../../core/log/store.ts';

/** A pack of this node that was published and has not come back. */
interface OwnPack {
  readonly number: number;
  readonly records: readonly StoreRecord[];
  readonly bytes: number;
  /** Where the stream has said that it is. */
  sequence: number | undefined;
}

/** The packs of this node on their way through the stream. They come back in the order of their numbers. */
export class OwnPacks {
  readonly #packs = new Map<number, OwnPack>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#packs.size;
  }

  add(number: number, records: readonly StoreRecord[], bytes: number): void {
    this.#packs.set(number, { number, records, bytes, sequence: undefined });
    this.#bytes += bytes;
  }

  has(number: number): boolean {
    return this.#packs.has(number);
  }

  /** The stream has said where a pack is. */
  stored(number: number, sequence: number): void {
    const pack = this.#packs.get(number);
    if (pack) pack.sequence = sequence;
  }

  /** Its records, which are nobody's business here any more; undefined: they have been answered. */
  take(number: number): readonly StoreRecord[] | undefined {
    const pack = this.#packs.get(number);
    if (!pack) return undefined;
    this.#packs.delete(number);
    this.#bytes -= pack.bytes;
    return pack.records;
  }

  /** The records of those that the stream had up to a sequence, and has dropped before they came. */
  missedUpTo(sequence: number): StoreRecord[] {
    const missed: StoreRecord[] = [];
    for (const pack of this.#packs.values()) {
      if (pack.sequence === undefined || pack.sequence > sequence) break;
      missed.push(...(this.take(pack.number) ?? []));
    }
    return missed;
  }

  /** All records, in order: none is on its way any more. */
  drain(): StoreRecord[] {
    const records = [...this.#packs.values()].flatMap((pack) => pack.records);
    this.#packs.clear();
    this.#bytes = 0;
    return records;
  }
}
