import type { Order } from '../../../core/log/history.ts';
import type { RestoredPut, StoredKey } from '../../../core/log/store.ts';
import { isU53, readU53, writeU53 } from '../../packs/bytes.ts';
import { writeFingerprint } from '../../packs/fingerprint.ts';
import type { PutKeys, SegmentIndex } from './segment-index.ts';

export const KEY_ROW_BYTES = 40;

/** Rows to begin with. */
const LEAST = 64;

const IS_MOBILE = 1;

/** Who put, of one put or more. */
export interface KeyOwner {
  readonly client: string;
  readonly user: string;
}

/** Put keys as they are written: rows of one width, in the order of their offsets, which count from `before` on. */
export class PutKeyRows implements PutKeys {
  readonly leftOutUpTo: number;
  readonly #index: Pick<SegmentIndex, 'before' | 'packs'>;
  readonly #ownerAt: (i: number) => KeyOwner;
  #rows: Buffer;
  #count: number;

  /**
   * @param index of the same segment: its packs have the times
   * @param rows left out: there are none yet
   */
  constructor(
    index: Pick<SegmentIndex, 'before' | 'packs'>,
    ownerAt: (i: number) => KeyOwner,
    rows: Buffer = Buffer.alloc(0),
    leftOutUpTo = 0,
  ) {
    this.leftOutUpTo = leftOutUpTo;
    this.#index = index;
    this.#ownerAt = ownerAt;
    this.#rows = rows;
    this.#count = Math.floor(rows.length / KEY_ROW_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  /** The rows as they are written. */
  get rows(): Buffer {
    return this.#rows.subarray(0, this.#count * KEY_ROW_BYTES);
  }

  add(offset: number, { id, fingerprint, isMobile }: StoredKey, owner: number, channels: number): void {
    const row = this.#count * KEY_ROW_BYTES;
    if (row + KEY_ROW_BYTES > this.#rows.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#rows.length, LEAST * KEY_ROW_BYTES));
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows.writeUInt32LE(offset - this.#index.before, row);
    this.#rows.writeUInt32LE(owner, row + 4);
    writeU53(this.#rows, id, row + 8);
    writeFingerprint(this.#rows, fingerprint, row + 16);
    this.#rows.writeUInt16LE(channels, row + 36);
    this.#rows.writeUInt16LE(isMobile ? IS_MOBILE : 0, row + 38);
    this.#count++;
  }

  offsetAt(i: number): number {
    return this.#index.before + this.#rows.readUInt32LE(i * KEY_ROW_BYTES);
  }

  *all(order: Order = 'forwards'): Iterable<RestoredPut> {
    const count = this.#count;
    for (let i = 0; i < count; i++) yield this.#at(order === 'forwards' ? i : count - 1 - i);
  }

  #at(i: number): RestoredPut {
    const row = i * KEY_ROW_BYTES;
    const offset = this.offsetAt(i);
    const { client, user } = this.#ownerAt(this.#rows.readUInt32LE(row + 4));
    const id = readU53(this.#rows, row + 8);
    const fingerprint = this.#rows.toString('base64', row + 16, row + 36);
    const isMobile = (this.#rows.readUInt16LE(row + 38) & IS_MOBILE) !== 0;
    const key: StoredKey = { client, id: isU53(id) ? id : 0, fingerprint, isMobile };
    return { offset, time: this.#timeOf(offset), key, user, channels: this.#rows.readUInt16LE(row + 36) };
  }

  /** The time of a put. */
  timeAt(i: number): number {
    return this.#timeOf(this.offsetAt(i));
  }

  #timeOf(offset: number): number {
    const { packs } = this.#index;
    const pack = packs.find(offset);
    return pack < packs.count ? packs.timeAt(pack) : 0;
  }
}
