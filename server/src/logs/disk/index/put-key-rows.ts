import { firstWhere } from '../../../core/log/first-where.ts';
import type { RestoredPut, StoredKey } from '../../../core/log/store.ts';
import { isU53, readU53, writeU53 } from '../../packs/bytes.ts';
import { writeFingerprint } from '../../packs/fingerprint.ts';
import type { PackRows } from './pack-rows.ts';

export const KEY_ROW_BYTES = 40;

/** Rows to begin with. */
const LEAST = 64;

const IS_MOBILE = 1;

/** Who put, of one put or more. */
export interface KeyOwner {
  readonly client: string;
  readonly user: string;
}

/** Those who put, as the rows of a segment number them. */
export interface KeyOwners {
  at(i: number): KeyOwner;
  /** The client's id in UTF-8: without a text, where there are many. */
  clientAt(i: number): Uint8Array;
}

/** Put keys as they are written: rows of one width, in the order of their offsets, which count from `before` on. */
export class PutKeyRows {
  /** Time of the newest put whose key was left out, in ms since 1970; 0: none was. */
  readonly leftOutUpTo: number;
  readonly #before: number;
  readonly #packs: PackRows;
  readonly #owners: KeyOwners;
  #rows: Buffer;
  #count: number;

  /**
   * @param packs of the same segment: they have the times
   * @param rows left out: there are none yet
   */
  constructor(packs: PackRows, owners: KeyOwners, rows: Buffer = Buffer.alloc(0), leftOutUpTo = 0) {
    this.leftOutUpTo = leftOutUpTo;
    this.#before = packs.before;
    this.#packs = packs;
    this.#owners = owners;
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
    this.#rows.writeUInt32LE(offset - this.#before, row);
    this.#rows.writeUInt32LE(owner, row + 4);
    writeU53(this.#rows, id, row + 8);
    writeFingerprint(this.#rows, fingerprint, row + 16);
    this.#rows.writeUInt16LE(channels, row + 36);
    this.#rows.writeUInt16LE(isMobile ? IS_MOBILE : 0, row + 38);
    this.#count++;
  }

  /** The newest rows, from one on, as they are now; they hold neither the packs nor the footer of their segment. */
  from(i: number): PutKeyRows {
    const packs = i < this.#count ? this.#packs.copyFrom(this.#packs.find(this.offsetAt(i))) : this.#packs;
    return new PutKeyRows(packs, this.#owners, this.rows.subarray(i * KEY_ROW_BYTES));
  }

  offsetAt(i: number): number {
    return this.#before + this.#rows.readUInt32LE(i * KEY_ROW_BYTES);
  }

  ownerAt(i: number): number {
    return this.#rows.readUInt32LE(i * KEY_ROW_BYTES + 4);
  }

  /** The client's id of an owner, in UTF-8. */
  clientOf(owner: number): Uint8Array {
    return this.#owners.clientAt(owner);
  }

  idAt(i: number): number {
    const id = readU53(this.#rows, i * KEY_ROW_BYTES + 8);
    return isU53(id) ? id : 0;
  }

  channelsAt(i: number): number {
    return this.#rows.readUInt16LE(i * KEY_ROW_BYTES + 36);
  }

  /** The time of a put; they ascend. */
  timeAt(i: number): number {
    const pack = this.#packs.find(this.offsetAt(i));
    return pack < this.#packs.count ? this.#packs.timeAt(pack) : 0;
  }

  /** The first of which the time is such a one as all later ones are; `count` if there is none. */
  firstOf(isSought: (time: number) => boolean): number {
    return firstWhere(0, this.#count, (i) => isSought(this.timeAt(i)));
  }

  /** The first above an offset; `count` if there is none. */
  firstAbove(offset: number): number {
    return firstWhere(0, this.#count, (i) => this.offsetAt(i) > offset);
  }

  at(i: number): RestoredPut {
    const row = i * KEY_ROW_BYTES;
    const { client, user } = this.#owners.at(this.ownerAt(i));
    const fingerprint = this.#rows.toString('base64', row + 16, row + 36);
    const isMobile = (this.#rows.readUInt16LE(row + 38) & IS_MOBILE) !== 0;
    const key: StoredKey = { client, id: this.idAt(i), fingerprint, isMobile };
    return { offset: this.offsetAt(i), time: this.timeAt(i), key, user, channels: this.channelsAt(i) };
  }

  /** Oldest first, each made as it is asked for. */
  *all(): Iterable<RestoredPut> {
    const count = this.#count;
    for (let i = 0; i < count; i++) yield this.at(i);
  }
}
