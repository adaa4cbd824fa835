import type { RememberedBounds } from '../../../core/log/puts/remembered.ts';
import { crcInPieces } from '../../packs/check-sum.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { type Trailer, writeTrailer } from '../format/trailer.ts';
import type { GrowingIndex } from './growing-index.ts';
import { type KeptKeys, putKeysOf } from './put-key-section.ts';
import { footerOf } from './write-footer.ts';

export interface SealOptions extends KeptKeys {
  /** Bytes of the file: what is sealed begins behind the last pack. */
  readonly at: number;
  /** Check sum of the last pack. */
  readonly chain: number;
  /** See `footerOf`. */
  readonly seed: number;
}

/** The put keys that are remembered after a start. @param nowMs in ms since 1970 */
export function keptKeys({ weight, ageMs }: RememberedBounds, nowMs: number): KeptKeys {
  // A put weighs one, and one more for each channel: two at least.
  return { keysAfter: Math.max(nowMs - ageMs, 0), keysMost: Math.floor(weight / 2) };
}

/** What is written behind the last pack of a segment, one behind another. */
export interface Seal {
  /** No bytes where there are none. */
  readonly keys: Buffer;
  readonly footer: Buffer;
  readonly trailer: Buffer;
}

/**
 * What seals a segment, made in pieces of a fraction of a ms. Nothing may be added to its index any more.
 * @throws RangeError if the segment has no packs
 */
export function* sealOf(
  index: GrowingIndex,
  { at, chain, seed, ...kept }: SealOptions,
): Generator<void, Seal> {
  const { packs } = index;
  if (packs.count === 0) throw new RangeError('a segment without packs cannot be sealed');
  const keys = yield* putKeysOf(index, kept);
  const footer = yield* footerOf(index, seed);
  const first = packs.at(0);
  const last = packs.at(packs.count - 1);
  const trailer = writeTrailer({
    footerAt: at + keys.length,
    footerBytes: footer.length,
    footerCrc: yield* crcInPieces(footer),
    keysBytes: keys.length,
    keysCrc: yield* crcInPieces(keys),
    chain,
    entries: index.entries,
    packs: packs.count,
    first: first.first,
    last: last.first + last.entries - 1,
    firstTime: first.time,
    lastTime: last.time,
  });
  return { keys, footer, trailer };
}

/**
 * What is kept of a segment whose packs are dropped: its header, its footer, and a trailer that finds them. Its put
 * keys are dropped as well.
 * @param header of the segment, as it was written
 */
export function withoutPacks(header: Buffer, footer: Buffer, trailer: Trailer): Buffer {
  const without = { ...trailer, footerAt: SEGMENT_HEADER_BYTES, keysBytes: 0, keysCrc: 0 };
  return Buffer.concat([header, footer, writeTrailer(without)]);
}
