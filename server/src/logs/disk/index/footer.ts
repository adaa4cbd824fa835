import { firstWhere } from '../../../core/log/first-where.ts';
import { isU53, readCount, readU53, textAt, writeText } from '../../packs/bytes.ts';
import { crcInPieces } from '../../packs/check-sum.ts';
import type { Trailer } from '../format/trailer.ts';
import {
  BUCKET_BYTES,
  CHANNEL_ROW_BYTES,
  FOOTER_HEADER_BYTES,
  FOOTER_MAGIC,
  type FooterCounts,
  type FooterLayout,
  GAP_ROW_BYTES,
  layoutOf,
  OFFSET_BYTES,
} from './footer-layout.ts';
import { hashOf } from './name-hash.ts';
import { PackRows } from './pack-rows.ts';
import type { ChannelGap, ChannelOffsets, SegmentIndex } from './segment-index.ts';

/** Why it is no footer: another check sum than the trailer says, or it says what cannot be. */
export type FooterFault = 'crc' | 'bounds';

/** The name that is searched for. Used within one call. */
const sought = Buffer.alloc(3 * 256);

/**
 * Checks a footer, in pieces, and reads it where it lies: nothing is decoded before it is asked for.
 * @param bytes the footer alone, which nobody writes to any more
 */
export function* readFooter(
  bytes: Buffer,
  { footerCrc, packs }: Pick<Trailer, 'footerCrc' | 'packs'>,
): Generator<void, FooterIndex | FooterFault> {
  if ((yield* crcInPieces(bytes)) !== footerCrc) return 'crc';
  if (bytes.length < FOOTER_HEADER_BYTES || bytes.readUInt32LE(0) !== FOOTER_MAGIC) return 'bounds';
  const counts: FooterCounts = {
    packs: bytes.readUInt32LE(4),
    channels: bytes.readUInt32LE(8),
    buckets: bytes.readUInt32LE(12),
    publications: bytes.readUInt32LE(20),
    gaps: bytes.readUInt32LE(24),
    nameBytes: bytes.readUInt32LE(28),
  };
  const { buckets } = counts;
  const isPowerOfTwo = buckets > 0 && (buckets & (buckets - 1)) === 0;
  const isFull = layoutOf(counts).end === bytes.length;
  if (!isPowerOfTwo || !isFull || counts.packs !== packs || !isU53(readU53(bytes, 32))) return 'bounds';
  return new FooterIndex(bytes, counts);
}

/** The index of a sealed segment, read from its footer. */
export class FooterIndex implements SegmentIndex {
  readonly before: number;
  readonly packs: PackRows;
  readonly channels: number;
  /** What it takes of memory. */
  readonly bytes: Buffer;
  readonly #seed: number;
  readonly #counts: FooterCounts;
  readonly #layout: FooterLayout;

  /** @param bytes a footer that `readFooter` found good, or that was just written */
  constructor(bytes: Buffer, counts: FooterCounts) {
    const layout = layoutOf(counts);
    this.bytes = bytes;
    this.before = readU53(bytes, 32);
    this.packs = new PackRows(this.before, bytes.subarray(layout.packsAt, layout.bucketsAt));
    this.channels = counts.channels;
    this.#seed = bytes.readUInt32LE(16);
    this.#counts = counts;
    this.#layout = layout;
  }

  channel(name: string): ChannelOffsets | undefined {
    if (name.length > 255) return undefined;
    const length = writeText(sought, name, 0);
    const bucket = hashOf(sought, 0, length, this.#seed) & (this.#counts.buckets - 1);
    const end = this.#bucketAt(bucket + 1);
    for (let i = this.#bucketAt(bucket); i < end; i++) {
      const channel = new FooterChannel(this, i);
      if (channel.nameBytes === length && channel.nameBegins(sought, length)) return channel;
    }
    return undefined;
  }

  *all(prefix = ''): Iterable<ChannelOffsets> {
    const begin = Buffer.from(prefix);
    for (let i = 0; i < this.channels; i++) {
      const channel = new FooterChannel(this, i);
      if (channel.nameBegins(begin, begin.length)) yield channel;
    }
  }

  // Of the channel with a number: where in the footer its parts begin. The check sum says that these are the numbers
  // that were written, not that who wrote them kept to the format: so none leads out of its part.

  nameAt(i: number): number {
    return this.#layout.namesAt + this.#begin(i, 0, this.#counts.nameBytes);
  }

  offsetsAt(i: number): number {
    return this.#layout.offsetsAt + OFFSET_BYTES * this.#begin(i, 4, this.#counts.publications);
  }

  gapsAt(i: number): number {
    return this.#layout.gapsAt + GAP_ROW_BYTES * this.#begin(i, 8, this.#counts.gaps);
  }

  #begin(i: number, field: number, most: number): number {
    return Math.min(this.bytes.readUInt32LE(this.#layout.channelsAt + i * CHANNEL_ROW_BYTES + field), most);
  }

  #bucketAt(bucket: number): number {
    return Math.min(this.bytes.readUInt32LE(this.#layout.bucketsAt + bucket * BUCKET_BYTES), this.channels);
  }
}

class FooterChannel implements ChannelOffsets {
  readonly nameBytes: number;
  readonly #footer: FooterIndex;
  readonly #i: number;
  readonly #nameAt: number;
  #offsetsAt: number | undefined;

  constructor(footer: FooterIndex, i: number) {
    this.#footer = footer;
    this.#i = i;
    this.#nameAt = footer.nameAt(i);
    this.nameBytes = footer.nameAt(i + 1) - this.#nameAt;
  }

  get name(): string {
    return textAt(this.#footer.bytes, this.#nameAt, this.#nameAt + this.nameBytes);
  }

  get count(): number {
    return Math.max(this.#footer.offsetsAt(this.#i + 1) - this.#footer.offsetsAt(this.#i), 0) / OFFSET_BYTES;
  }

  get gaps(): readonly ChannelGap[] {
    const { bytes, before } = this.#footer;
    const end = this.#footer.gapsAt(this.#i + 1);
    const gaps: ChannelGap[] = [];
    for (let at = this.#footer.gapsAt(this.#i); at < end; at += GAP_ROW_BYTES)
      gaps.push({ offset: before + bytes.readUInt32LE(at), stands: readCount(bytes, at + 4) });
    return gaps;
  }

  offsetAt(i: number): number {
    this.#offsetsAt ??= this.#footer.offsetsAt(this.#i);
    return this.#footer.before + this.#footer.bytes.readUInt32LE(this.#offsetsAt + i * OFFSET_BYTES);
  }

  firstAbove(offset: number): number {
    return firstWhere(0, this.count, (i) => this.offsetAt(i) > offset);
  }

  /** Whether its name begins with these bytes. */
  nameBegins(bytes: Uint8Array, length: number): boolean {
    if (length > this.nameBytes) return false;
    const { bytes: footer } = this.#footer;
    for (let i = 0; i < length; i++) if (footer[this.#nameAt + i] !== bytes[i]) return false;
    return true;
  }
}
