import type { OpenFile } from '../files/files.ts';
import { readSlot } from '../identity/meta-slot.ts';
import { UnfitDirectory } from '../options.ts';

/** The file has two halves, each with a slot at its begin, and zeros behind that. */
const HALF_BYTES = 4_096;

/** Where a slot says how many bytes of it are written. */
const BYTES_AT = 10;

/**
 * Looks for damage in what a log says of itself.
 * @param fault called with the place in the file
 * @throws UnfitDirectory where a newer version has written it
 */
export async function checkMeta(file: OpenFile, fault: (at: number, what: string) => void): Promise<void> {
  const { sizeBytes } = await file.stat();
  for (const begin of [0, HALF_BYTES]) {
    const half = await file.read(begin, HALF_BYTES);
    const slot = readSlot(half);
    if (slot.kind === 'newer') throw new UnfitDirectory('newer-format', String(slot.version));
    if (slot.kind !== 'good') {
      fault(begin, slot.kind === 'empty' ? 'a slot is empty' : 'a slot is damaged');
      continue;
    }
    const at = half.findIndex((byte, i) => i >= half.readUInt16LE(BYTES_AT) && byte !== 0);
    if (at >= 0) fault(begin + at, 'something stands behind a slot');
  }
  if (sizeBytes !== 2 * HALF_BYTES)
    fault(Math.min(sizeBytes, 2 * HALF_BYTES), `it has ${sizeBytes} bytes, not ${2 * HALF_BYTES}`);
}
