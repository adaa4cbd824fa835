import { isU53, readU53, textAt, writeU53 } from '../../packs/bytes.ts';
import { crcOf } from '../../packs/check-sum.ts';

/** `ZSEG`. */
const MAGIC = 0x4745535a;

/** The version of all that this folder writes. */
export const FORMAT_VERSION = 1;

export const SEGMENT_HEADER_BYTES = 96;

const EPOCH_AT = 29;
const CRC_AT = SEGMENT_HEADER_BYTES - 4;

/** Longest name of an epoch, in bytes. */
export const EPOCH_BYTES_MOST = CRC_AT - EPOCH_AT;

/** What a segment begins with. */
export interface SegmentHeader {
  /** 1 to 63 characters of ASCII. */
  readonly epoch: string;
  /** Offset of the newest entry before it; 0: none. */
  readonly before: number;
  /** When it was begun, in ms since 1970. */
  readonly created: number;
  /** Check sum of the pack before it; 0: none. */
  readonly chain: number;
}

/** Why there is none: too few bytes, no such header, one that is damaged, one of a version that is not known here. */
export type SegmentHeaderFault = 'short' | 'magic' | 'crc' | 'bounds' | 'version';

/** @throws RangeError if it cannot be written */
export function writeSegmentHeader({ epoch, before, created, chain }: SegmentHeader): Buffer {
  if (!/^[\x20-\x7e]+$/.test(epoch) || epoch.length > EPOCH_BYTES_MOST)
    throw new RangeError(
      `the epoch ${JSON.stringify(epoch)} is not 1 to ${EPOCH_BYTES_MOST} characters of ASCII`,
    );
  if (!isU53(before) || !isU53(created))
    throw new RangeError(`a segment cannot be written that says ${JSON.stringify({ before, created })}`);
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt16LE(FORMAT_VERSION, 4);
  writeU53(bytes, before, 8);
  writeU53(bytes, created, 16);
  bytes.writeUInt32LE(chain, 24);
  bytes[EPOCH_AT - 1] = epoch.length;
  bytes.write(epoch, EPOCH_AT, 'latin1');
  bytes.writeUInt32LE(crcOf(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/** @param bytes of the file, from its first one on */
export function readSegmentHeader(bytes: Buffer): SegmentHeader | SegmentHeaderFault {
  if (bytes.length < SEGMENT_HEADER_BYTES) return 'short';
  if (bytes.readUInt32LE(0) !== MAGIC) return 'magic';
  // Every version has its sum here, so that damage is not taken for another version.
  if (crcOf(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) return 'crc';
  if (bytes.readUInt16LE(4) !== FORMAT_VERSION) return 'version';
  const epochBytes = bytes[EPOCH_AT - 1] as number;
  const before = readU53(bytes, 8);
  const created = readU53(bytes, 16);
  if (epochBytes === 0 || epochBytes > EPOCH_BYTES_MOST || !isU53(before) || !isU53(created)) return 'bounds';
  const epoch = textAt(bytes, EPOCH_AT, EPOCH_AT + epochBytes);
  return { epoch, before, created, chain: bytes.readUInt32LE(24) };
}
