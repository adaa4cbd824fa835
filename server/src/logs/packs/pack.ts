import type { StoreRecord } from '../../core/log/store.ts';
import { isU53, readU53, writeU53 } from './bytes.ts';
import { crcOf } from './check-sum.ts';
import { recordBytesMost, writeRecord } from './record.ts';
import { RecordView } from './record-view.ts';

export { RecordView } from './record-view.ts';

/** `ZPAK`. */
const MAGIC = 0x4b41505a;

export const PACK_HEADER_BYTES = 56;

/** From here on a pack is summed: what stands before is where the sum is, and how much it sums. */
const SUMMED_FROM = 12;

/** A pack that has this many entries, or bytes, takes no further record. */
export const PACK_ENTRIES_MOST = 4_096;
export const PACK_BYTES_MOST = 1024 * 1024;

/** The pack of one put that is larger has at most this many: a number above is no length, but damage. */
export const LARGE_PACK_BYTES_MOST = 64 * 1024 * 1024;

/** A builder starts with so much memory. */
const START_BYTES = 16 * 1024;

/** More memory than this is let go of with the large put that it was made for. */
const KEPT_BYTES_MOST = 2 * PACK_BYTES_MOST;

/** Where a pack stands in the log. */
export interface PackPosition {
  /** Offset of its first entry; each further one has the next number. Above `before`. */
  readonly first: number;
  /** Of all its entries, in ms since 1970; not below that of the pack before. */
  readonly time: number;
  /** Offset of the newest entry before it; 0: there is none. */
  readonly before: number;
  /** Check sum of the pack before it; 0: there is none. */
  readonly chain: number;
  /** Everything up to this offset was known to be synced when it was written; 0: nothing was. */
  readonly syncedUpTo: number;
}

export interface PackHeader extends PackPosition {
  /** Bytes of the whole pack. */
  readonly bytes: number;
  /** Its check sum, over everything from byte 12 on. */
  readonly crc: number;
  readonly entries: number;
}

/** Why there is no pack: fewer bytes than its header, or no header, or one that says what cannot be. */
export type PackFault = 'short' | 'magic' | 'bounds';

/** Gathers records and makes them a pack. Each is encoded, and its payload copied, when it is added. */
export class PackBuilder {
  readonly #bytesMost: number;
  #memory = Buffer.alloc(0);
  #at = PACK_HEADER_BYTES;
  #entries = 0;

  /** @param bytesMost a pack that has as many takes no further record */
  constructor(bytesMost = PACK_BYTES_MOST) {
    this.#bytesMost = bytesMost;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Bytes of the pack, its header included. */
  get bytes(): number {
    return this.#at;
  }

  /** Nothing more may be added. */
  get isFull(): boolean {
    return this.#entries >= PACK_ENTRIES_MOST || this.#at >= this.#bytesMost;
  }

  /** Whether a record may be added to this pack. One that is too large for any has a pack of its own. */
  fits(record: StoreRecord): boolean {
    if (this.#entries === 0) return true;
    return (
      this.#entries + record.channels.length <= PACK_ENTRIES_MOST &&
      this.#at + recordBytesMost(record) <= this.#bytesMost
    );
  }

  /** @throws RangeError if it cannot be written; nothing of it was added */
  add(record: StoreRecord): void {
    const most = this.#at + recordBytesMost(record);
    if (most > this.#memory.length) this.#grow(most);
    this.#at = writeRecord(this.#memory, record, this.#at);
    this.#entries += record.channels.length;
  }

  /**
   * The pack of all that was added. The builder is empty then, and may be used again.
   * @returns memory of the builder: the next `add` writes over it
   * @throws RangeError if nothing was added, or it cannot stand there
   */
  close(position: PackPosition): Buffer {
    const pack = this.#memory.subarray(0, this.#at);
    const header = { ...position, bytes: this.#at, entries: this.#entries, crc: 0 };
    if (!isPossible(header))
      throw new RangeError(`a pack cannot be written that says ${JSON.stringify(header)}`);
    pack.writeUInt32LE(MAGIC, 0);
    pack.writeUInt32LE(header.bytes, 4);
    pack.writeUInt32LE(position.chain, 12);
    writeU53(pack, position.first, 16);
    writeU53(pack, position.time, 24);
    writeU53(pack, position.syncedUpTo, 32);
    writeU53(pack, position.before, 40);
    pack.writeUInt32LE(header.entries, 48);
    pack.writeUInt32LE(0, 52);
    pack.writeUInt32LE(crcOf(pack.subarray(SUMMED_FROM)), 8);
    this.#at = PACK_HEADER_BYTES;
    this.#entries = 0;
    if (this.#memory.length > KEPT_BYTES_MOST) this.#memory = Buffer.alloc(0);
    return pack;
  }

  #grow(most: number): void {
    if (most > LARGE_PACK_BYTES_MOST)
      throw new RangeError(`a put of ${most} bytes cannot be written: more than ${LARGE_PACK_BYTES_MOST}`);
    const memory = Buffer.allocUnsafeSlow(Math.max(most, 2 * this.#memory.length, START_BYTES));
    memory.set(this.#memory.subarray(0, this.#at));
    this.#memory = memory;
  }
}

/** Reads the header of a pack that begins at a place. Whether the pack is whole, `isWhole` says. */
export function readHeader(bytes: Buffer, at: number): PackHeader | PackFault {
  if (at < 0 || at + PACK_HEADER_BYTES > bytes.length) return 'short';
  if (bytes.readUInt32LE(at) !== MAGIC) return 'magic';
  const header: PackHeader = {
    bytes: bytes.readUInt32LE(at + 4),
    crc: bytes.readUInt32LE(at + 8),
    chain: bytes.readUInt32LE(at + 12),
    first: readU53(bytes, at + 16),
    time: readU53(bytes, at + 24),
    syncedUpTo: readU53(bytes, at + 32),
    before: readU53(bytes, at + 40),
    entries: bytes.readUInt32LE(at + 48),
  };
  const hasFlags = bytes.readUInt32LE(at + 52) !== 0;
  return hasFlags || !isPossible(header) ? 'bounds' : header;
}

/** Whether all bytes of a pack are there, and are those that were written. @param pack from its first byte on */
export function isWhole(pack: Buffer, { bytes, crc }: Pick<PackHeader, 'bytes' | 'crc'>): boolean {
  return (
    bytes >= PACK_HEADER_BYTES && pack.length >= bytes && crcOf(pack.subarray(SUMMED_FROM, bytes)) === crc
  );
}

/** The check sum that stands in a pack: the `chain` of the next one. */
export function crcOfPack(pack: Buffer): number {
  return pack.readUInt32LE(8);
}

/**
 * Visits the records of a pack in order, until `visit` answers false.
 * @param pack from its first byte on
 * @param visit called with a record and the offset of its first channel
 * @returns whether all that was read are records, and, at the end, as many as the header says
 */
export function visitRecords(
  pack: Buffer,
  { bytes, first, entries }: Pick<PackHeader, 'bytes' | 'first' | 'entries'>,
  visit: (record: RecordView, offset: number) => unknown,
): boolean {
  const end = Math.min(bytes, pack.length);
  let visited = 0;
  for (let at = PACK_HEADER_BYTES; at < end; ) {
    const record = RecordView.at(pack, at, end);
    if (!record || visited + record.count > entries) return false;
    if (visit(record, first + visited) === false) return true;
    visited += record.count;
    at = record.end;
  }
  return visited === entries && end === bytes;
}

/** Whether a header says what can be. */
function isPossible({ bytes, first, time, syncedUpTo, before, entries }: PackHeader): boolean {
  return (
    bytes > PACK_HEADER_BYTES &&
    bytes <= LARGE_PACK_BYTES_MOST &&
    entries > 0 &&
    entries < bytes - PACK_HEADER_BYTES &&
    isU53(first + (entries - 1)) &&
    isU53(time) &&
    isU53(before) &&
    before < first &&
    syncedUpTo < first
  );
}
