import { PACK_ROW_BYTES } from './pack-rows.ts';

/** `ZIDX`. */
export const FOOTER_MAGIC = 0x5844495a;

export const FOOTER_HEADER_BYTES = 40;

/** Of a channel: where its name, its publications and its gaps begin. They end where those of the next one begin. */
export const CHANNEL_ROW_BYTES = 12;

/** Of a publication: its offset. */
export const OFFSET_BYTES = 4;

/** Of a gap: its offset, and how many publications it stands for. */
export const GAP_ROW_BYTES = 12;

/** Of a bucket: the number of its first channel. They end where those of the next one begin. */
export const BUCKET_BYTES = 4;

/** What a footer has. */
export interface FooterCounts {
  readonly packs: number;
  readonly channels: number;
  /** A power of two. */
  readonly buckets: number;
  readonly publications: number;
  readonly gaps: number;
  /** Of all names together. */
  readonly nameBytes: number;
}

/** Where in a footer its parts begin, one behind another; the last one ends at `end`. */
export interface FooterLayout {
  readonly packsAt: number;
  readonly bucketsAt: number;
  readonly channelsAt: number;
  readonly offsetsAt: number;
  readonly gapsAt: number;
  readonly namesAt: number;
  readonly end: number;
}

export function layoutOf({
  packs,
  channels,
  buckets,
  publications,
  gaps,
  nameBytes,
}: FooterCounts): FooterLayout {
  const packsAt = FOOTER_HEADER_BYTES;
  const bucketsAt = packsAt + packs * PACK_ROW_BYTES;
  const channelsAt = bucketsAt + (buckets + 1) * BUCKET_BYTES;
  const offsetsAt = channelsAt + (channels + 1) * CHANNEL_ROW_BYTES;
  const gapsAt = offsetsAt + publications * OFFSET_BYTES;
  const namesAt = gapsAt + gaps * GAP_ROW_BYTES;
  return { packsAt, bucketsAt, channelsAt, offsetsAt, gapsAt, namesAt, end: namesAt + nameBytes };
}

/** How many buckets a number of channels has: between half of it and all of it. */
export function bucketsOf(channels: number): number {
  let buckets = 1;
  while (buckets * 2 <= channels) buckets *= 2;
  return buckets;
}
