import type { StoreRecord } from '../../core/log/store.ts';
import { PackBuilder } from './pack.ts';

/** Records that are written together. */
export interface Gathered {
  /** Has them, encoded. */
  readonly builder: PackBuilder;
  readonly records: readonly StoreRecord[];
  /** The latest of the times at which they were appended, in ms since 1970. */
  readonly time: number;
}

interface Open extends Gathered {
  readonly records: StoreRecord[];
  time: number;
}

/**
 * What waits to be written. A record is encoded when it comes: all that comes while a write is under way is one pack,
 * or as many as it fills.
 */
export class Gathering {
  /** The last one still takes records. */
  readonly #packs: Open[] = [];
  /** Their buffers have grown to what is usual here. */
  readonly #spare: PackBuilder[] = [];
  readonly #bytesMost: number | undefined;
  #records = 0;

  /** @param bytesMost as for a pack */
  constructor(bytesMost?: number) {
    this.#bytesMost = bytesMost;
  }

  /** How many records wait. */
  get records(): number {
    return this.#records;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#packs.reduce((sum, { builder }) => sum + builder.bytes, 0);
  }

  /**
   * @param time of the log's clock
   * @throws RangeError if it cannot be encoded: nothing of it was taken
   */
  add(record: StoreRecord, time: number): void {
    const last = this.#packs.at(-1);
    const isNew = !last || last.builder.isFull || !last.builder.fits(record);
    const open = isNew
      ? { builder: this.#spare.pop() ?? new PackBuilder(this.#bytesMost), records: [], time }
      : last;
    open.builder.add(record);
    if (isNew) this.#packs.push(open);
    open.records.push(record);
    open.time = Math.max(open.time, time);
    this.#records++;
  }

  /** The oldest pack; nothing is added to it any more. */
  take(): Gathered | undefined {
    const oldest = this.#packs.shift();
    if (oldest) this.#records -= oldest.records.length;
    return oldest;
  }

  /** All records, in order: nothing waits any more. */
  drain(): StoreRecord[] {
    const records = this.#packs.flatMap((pack) => pack.records);
    this.#packs.length = 0;
    this.#records = 0;
    return records;
  }

  /** A pack's builder is not used any more. */
  return(builder: PackBuilder): void {
    if (this.#spare.length < 2) this.#spare.push(builder);
  }
}
