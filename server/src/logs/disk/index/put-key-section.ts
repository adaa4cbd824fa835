import { firstWhere } from '../../../core/log/first-where.ts';
import { isU53, readU53, textAt, writeText, writeU53 } from '../../packs/bytes.ts';
import { crcInPieces } from '../../packs/check-sum.ts';
import type { Trailer } from '../format/trailer.ts';
import type { GrowingIndex } from './growing-index.ts';
import type { PackRows } from './pack-rows.ts';
import { KEY_ROW_BYTES, type KeyOwner, type KeyOwners, PutKeyRows } from './put-key-rows.ts';

/** `ZKEY`. */
const MAGIC = 0x59454b5a;

const HEADER_BYTES = 24;

/** Of an owner: where its texts begin, behind all rows, and the bytes of its client's id and of its user. */
const OWNER_ROW_BYTES = 8;

/** An owner that has no number yet. */
const NONE = 0xffff_ffff;

/** Rows that are read or written in one piece: a fraction of a ms. */
const PIECE = 4_096;

/** Why there are none to be read: another check sum than the trailer says, or they say what cannot be. */
export type PutKeysFault = 'crc' | 'bounds';

/** Which put keys are written: a start has no use for others. */
export interface KeptKeys {
  /** Those of this time and before are left out, in ms since 1970. */
  readonly keysAfter: number;
  /** The newest are kept, at most this many. */
  readonly keysMost: number;
}

/** The put keys of an index as they are written, made in pieces; no bytes where there are none. */
export function* putKeysOf(
  { keys, owners, packs }: GrowingIndex,
  { keysAfter, keysMost }: KeptKeys,
): Generator<void, Buffer> {
  const pack = packs.findTime(keysAfter + 1);
  const offset = pack < packs.count ? packs.at(pack).first : Number.POSITIVE_INFINITY;
  const inTime = firstWhere(0, keys.count, (i) => keys.offsetAt(i) >= offset);
  const from = Math.max(inTime, keys.count - keysMost);
  const rows = keys.rows.subarray(from * KEY_ROW_BYTES);
  if (rows.length === 0) return rows;
  // Those who put long ago are left out as well, so that the others get new numbers.
  const numbers = new Uint32Array(owners.length).fill(NONE);
  const kept: KeyOwner[] = [];
  let textBytes = 0;
  for (let row = 0, done = 0; row < rows.length; row += KEY_ROW_BYTES) {
    const owner = rows.readUInt32LE(row + 4);
    if (numbers[owner] === NONE) {
      const who = owners[owner] as KeyOwner;
      numbers[owner] = kept.push(who) - 1;
      textBytes += Buffer.byteLength(who.client) + Buffer.byteLength(who.user);
    }
    if (++done % PIECE === 0) yield;
  }
  const ownersAt = HEADER_BYTES + rows.length;
  const bytes = Buffer.allocUnsafeSlow(ownersAt + kept.length * OWNER_ROW_BYTES + textBytes);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(rows.length / KEY_ROW_BYTES, 4);
  bytes.writeUInt32LE(kept.length, 8);
  bytes.writeUInt32LE(textBytes, 12);
  writeU53(bytes, from > 0 ? keys.timeAt(from - 1) : 0, 16);
  for (let row = 0, done = 0; row < rows.length; row += KEY_ROW_BYTES) {
    const at = HEADER_BYTES + row;
    rows.copy(bytes, at, row, row + KEY_ROW_BYTES);
    bytes.writeUInt32LE(numbers[rows.readUInt32LE(row + 4)] as number, at + 4);
    if (++done % PIECE === 0) yield;
  }
  yield* writeOwners(bytes, kept, ownersAt);
  return bytes;
}

function* writeOwners(bytes: Buffer, owners: readonly KeyOwner[], ownersAt: number): Generator<void, void> {
  const textsAt = ownersAt + owners.length * OWNER_ROW_BYTES;
  let at = textsAt;
  for (const [i, { client, user }] of owners.entries()) {
    const row = ownersAt + i * OWNER_ROW_BYTES;
    const userAt = writeText(bytes, client, at);
    const end = writeText(bytes, user, userAt);
    bytes.writeUInt32LE(at - textsAt, row);
    bytes.writeUInt16LE(userAt - at, row + 4);
    bytes.writeUInt16LE(end - userAt, row + 6);
    at = end;
    if ((i + 1) % PIECE === 0) yield;
  }
}

/**
 * Checks put keys, in pieces, and reads them where they lie.
 * @param bytes those before the footer, as many as the trailer says
 * @param packs of the same segment
 */
export function* readPutKeys(
  bytes: Buffer,
  { keysCrc }: Pick<Trailer, 'keysCrc'>,
  packs: PackRows,
): Generator<void, PutKeyRows | PutKeysFault> {
  if ((yield* crcInPieces(bytes)) !== keysCrc) return 'crc';
  if (bytes.length === 0) return new PutKeyRows(packs, { at: () => NOBODY, clientAt: () => NO_BYTES });
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return 'bounds';
  const ownersAt = HEADER_BYTES + bytes.readUInt32LE(4) * KEY_ROW_BYTES;
  const owners = bytes.readUInt32LE(8);
  const textsAt = ownersAt + owners * OWNER_ROW_BYTES;
  const leftOutUpTo = readU53(bytes, 16);
  if (textsAt + bytes.readUInt32LE(12) !== bytes.length || !isU53(leftOutUpTo)) return 'bounds';
  const section = new OwnerRows(bytes, ownersAt, owners);
  return new PutKeyRows(packs, section, bytes.subarray(HEADER_BYTES, ownersAt), leftOutUpTo);
}

/** The owners of a section, where they lie. */
class OwnerRows implements KeyOwners {
  readonly #bytes: Buffer;
  readonly #rowsAt: number;
  readonly #count: number;

  constructor(bytes: Buffer, rowsAt: number, count: number) {
    this.#bytes = bytes;
    this.#rowsAt = rowsAt;
    this.#count = count;
  }

  at(i: number): KeyOwner {
    if (i >= this.#count) return NOBODY;
    const bytes = this.#bytes;
    const row = this.#rowsAt + i * OWNER_ROW_BYTES;
    const from = this.#clientFrom(row);
    const userAt = from + bytes.readUInt16LE(row + 4);
    const end = userAt + bytes.readUInt16LE(row + 6);
    return { client: textAt(bytes, from, userAt), user: textAt(bytes, userAt, end) };
  }

  clientAt(i: number): Uint8Array {
    if (i >= this.#count) return NO_BYTES;
    const row = this.#rowsAt + i * OWNER_ROW_BYTES;
    const from = this.#clientFrom(row);
    return this.#bytes.subarray(from, from + this.#bytes.readUInt16LE(row + 4));
  }

  /** The texts lie behind all rows. */
  #clientFrom(row: number): number {
    return this.#rowsAt + this.#count * OWNER_ROW_BYTES + this.#bytes.readUInt32LE(row);
  }
}

/** The owner of a row that names one beyond the section: no client has its name, so its put is found by nobody. */
const NOBODY: KeyOwner = { client: '', user: '' };

const NO_BYTES = new Uint8Array();
