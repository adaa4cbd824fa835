import { crc32 } from 'node:zlib';

/** Bytes that are summed in one piece: a fraction of a ms. */
const PIECE_BYTES = 256 * 1024;

/** CRC-32 of zlib and PNG (polynomial 0xEDB88320, reflected, inverted at both ends). */
export function crcOf(bytes: Uint8Array): number {
  return crc32(bytes);
}

/** The same, of bytes that may take longer than one turn may last. */
export function* crcInPieces(bytes: Uint8Array): Generator<void, number> {
  let crc = 0;
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    crc = crc32(bytes.subarray(at, at + PIECE_BYTES), crc);
    yield;
  }
  return crc;
}
