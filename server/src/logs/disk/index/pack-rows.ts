import { firstWhere } from '../../../core/log/first-where.ts';
import { readU53, writeU53 } from '../../packs/bytes.ts';
import type { PackPlace, PackTable } from './segment-index.ts';

export const PACK_ROW_BYTES = 24;

/** Rows to begin with. */
const LEAST = 64;

/** The packs of a segment as a footer has them: rows of one width, with offsets from `before` on. */
export class PackRows implements PackTable {
  readonly before: number;
  #rows: Buffer;
  #count: number;

  /**
   * @param before offset of the newest entry before the segment
   * @param rows of a footer; left out: there are none yet
   */
  constructor(before: number, rows: Buffer = Buffer.alloc(0)) {
    this.before = before;
    this.#rows = rows;
    this.#count = Math.floor(rows.length / PACK_ROW_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  /** The rows as they are written. */
  get rows(): Buffer {
    return this.#rows.subarray(0, this.#count * PACK_ROW_BYTES);
  }

  add({ at, bytes, first, entries, time }: PackPlace): void {
    const row = this.#count * PACK_ROW_BYTES;
    if (row + PACK_ROW_BYTES > this.#rows.length) {
      const grown = Buffer.alloc(Math.max(2 * this.#rows.length, LEAST * PACK_ROW_BYTES));
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows.writeUInt32LE(at, row);
    this.#rows.writeUInt32LE(bytes, row + 4);
    this.#rows.writeUInt32LE(first - this.before, row + 8);
    this.#rows.writeUInt32LE(entries, row + 12);
    writeU53(this.#rows, time, row + 16);
    this.#count++;
  }

  /** Those from one on, in bytes of their own. */
  copyFrom(i: number): PackRows {
    return new PackRows(this.before, Buffer.from(this.rows.subarray(i * PACK_ROW_BYTES)));
  }

  at(i: number): PackPlace {
    const row = i * PACK_ROW_BYTES;
    return {
      at: this.#rows.readUInt32LE(row),
      bytes: this.#rows.readUInt32LE(row + 4),
      first: this.#firstAt(row),
      entries: this.#rows.readUInt32LE(row + 12),
      time: this.timeAt(i),
    };
  }

  timeAt(i: number): number {
    return readU53(this.#rows, i * PACK_ROW_BYTES + 16);
  }

  find(offset: number): number {
    return firstWhere(0, this.#count, (i) => {
      const row = i * PACK_ROW_BYTES;
      return this.#firstAt(row) + this.#rows.readUInt32LE(row + 12) > offset;
    });
  }

  findTime(time: number): number {
    return firstWhere(0, this.#count, (i) => this.timeAt(i) >= time);
  }

  #firstAt(row: number): number {
    return this.before + this.#rows.readUInt32LE(row + 8);
  }
}
