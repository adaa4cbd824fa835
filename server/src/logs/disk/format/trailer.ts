import { isU53, readU53, writeU53 } from '../../packs/bytes.ts';
import { crcOf } from '../../packs/check-sum.ts';
import { SEGMENT_HEADER_BYTES } from './segment-header.ts';

/** `ZEND`. */
const MAGIC = 0x444e455a;

/** The last bytes of a sealed segment. */
export const TRAILER_BYTES = 72;

const CRC_AT = TRAILER_BYTES - 4;

/** What a sealed segment ends with: where its footer is, behind the put keys, and what the segment has. */
export interface Trailer {
  /** Where in the file the footer begins, in bytes. */
  readonly footerAt: number;
  readonly footerBytes: number;
  readonly footerCrc: number;
  /** 0: there are none. */
  readonly keysBytes: number;
  readonly keysCrc: number;
  /** Check sum of the last pack. */
  readonly chain: number;
  /** How many entries and packs, at least one of each. */
  readonly entries: number;
  readonly packs: number;
  /** Offsets of its first and its last entry. */
  readonly first: number;
  readonly last: number;
  /** Times of its first and its last pack, in ms since 1970. */
  readonly firstTime: number;
  readonly lastTime: number;
}

/** Why there is none: too few bytes, none was written, it is damaged, or says what cannot be. */
export type TrailerFault = 'short' | 'magic' | 'crc' | 'bounds';

/** @throws RangeError if it cannot be written, as of a segment without packs */
export function writeTrailer(trailer: Trailer): Buffer {
  if (!isPossible(trailer))
    throw new RangeError(`a trailer cannot be written that says ${JSON.stringify(trailer)}`);
  const bytes = Buffer.alloc(TRAILER_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(trailer.footerAt, 4);
  bytes.writeUInt32LE(trailer.footerBytes, 8);
  bytes.writeUInt32LE(trailer.footerCrc, 12);
  bytes.writeUInt32LE(trailer.keysBytes, 16);
  bytes.writeUInt32LE(trailer.keysCrc, 20);
  bytes.writeUInt32LE(trailer.chain, 24);
  bytes.writeUInt32LE(trailer.entries, 28);
  bytes.writeUInt32LE(trailer.packs, 32);
  writeU53(bytes, trailer.first, 36);
  writeU53(bytes, trailer.last, 44);
  writeU53(bytes, trailer.firstTime, 52);
  writeU53(bytes, trailer.lastTime, 60);
  bytes.writeUInt32LE(crcOf(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/**
 * Reads the trailer of a file; `magic` where it was never sealed.
 * @param bytes the end of the file
 * @param fileBytes of the whole file
 */
export function readTrailer(bytes: Buffer, fileBytes: number): Trailer | TrailerFault {
  const at = bytes.length - TRAILER_BYTES;
  if (at < 0) return 'short';
  if (bytes.readUInt32LE(at) !== MAGIC) return 'magic';
  if (crcOf(bytes.subarray(at, at + CRC_AT)) !== bytes.readUInt32LE(at + CRC_AT)) return 'crc';
  const trailer: Trailer = {
    footerAt: bytes.readUInt32LE(at + 4),
    footerBytes: bytes.readUInt32LE(at + 8),
    footerCrc: bytes.readUInt32LE(at + 12),
    keysBytes: bytes.readUInt32LE(at + 16),
    keysCrc: bytes.readUInt32LE(at + 20),
    chain: bytes.readUInt32LE(at + 24),
    entries: bytes.readUInt32LE(at + 28),
    packs: bytes.readUInt32LE(at + 32),
    first: readU53(bytes, at + 36),
    last: readU53(bytes, at + 44),
    firstTime: readU53(bytes, at + 52),
    lastTime: readU53(bytes, at + 60),
  };
  const isThere = trailer.footerAt + trailer.footerBytes + TRAILER_BYTES === fileBytes;
  return isThere && isPossible(trailer) ? trailer : 'bounds';
}

function isPossible({
  footerAt,
  keysBytes,
  entries,
  packs,
  first,
  last,
  firstTime,
  lastTime,
}: Trailer): boolean {
  return (
    footerAt - keysBytes >= SEGMENT_HEADER_BYTES &&
    packs > 0 &&
    entries >= packs &&
    first > 0 &&
    last - first + 1 >= entries &&
    isU53(last) &&
    isU53(lastTime) &&
    firstTime <= lastTime
  );
}
