import { writeCount, writeText, writeU53 } from '../../packs/bytes.ts';
import {
  BUCKET_BYTES,
  bucketsOf,
  CHANNEL_ROW_BYTES,
  FOOTER_MAGIC,
  type FooterCounts,
  type FooterLayout,
  GAP_ROW_BYTES,
  layoutOf,
  OFFSET_BYTES,
} from './footer-layout.ts';
import { hashOf } from './name-hash.ts';
import type { PackRows } from './pack-rows.ts';
import type { ChannelOffsets, SegmentIndex } from './segment-index.ts';

/** Names that are read in one piece, and offsets that are written: a fraction of a ms. */
const PIECE_NAMES = 1_024;
const PIECE = 8_192;
/** What a channel by itself takes, in offsets. */
const A_CHANNEL = 8;

/** One name at a time, within one piece. */
const letters = Buffer.alloc(3 * 256);

interface IndexToWrite extends SegmentIndex {
  readonly packs: PackRows;
}

/**
 * The footer that an index is read from again, made in pieces. Nothing may be added to the index meanwhile.
 * @param seed of the hash over names: a number of 32 bits that nobody can guess
 */
export function* footerOf(index: IndexToWrite, seed: number): Generator<void, Buffer> {
  const survey = yield* surveyOf(index, seed);
  const { counts } = survey;
  const layout = layoutOf(counts);
  const bytes = Buffer.allocUnsafeSlow(layout.end);
  bytes.writeUInt32LE(FOOTER_MAGIC, 0);
  bytes.writeUInt32LE(counts.packs, 4);
  bytes.writeUInt32LE(counts.channels, 8);
  bytes.writeUInt32LE(counts.buckets, 12);
  bytes.writeUInt32LE(seed, 16);
  bytes.writeUInt32LE(counts.publications, 20);
  bytes.writeUInt32LE(counts.gaps, 24);
  bytes.writeUInt32LE(counts.nameBytes, 28);
  writeU53(bytes, index.before, 32);
  bytes.set(index.packs.rows, layout.packsAt);
  const order = yield* byBucket(survey, bytes, layout);
  yield* writeChannels(bytes, layout, survey.channels, order, index.before);
  return bytes;
}

/** Writes the parts of all channels, and where each begins; behind the last one, where it ends. */
function* writeChannels(
  bytes: Buffer,
  { channelsAt, offsetsAt, gapsAt, namesAt }: FooterLayout,
  channels: readonly ChannelOffsets[],
  order: Uint32Array,
  before: number,
): Generator<void, void> {
  let [row, names, offsets, gaps, done] = [channelsAt, 0, 0, 0, 0];
  const begin = (): void => {
    bytes.writeUInt32LE(names, row);
    bytes.writeUInt32LE(offsets, row + 4);
    bytes.writeUInt32LE(gaps, row + 8);
    row += CHANNEL_ROW_BYTES;
  };
  for (const i of order) {
    const channel = channels[i] as ChannelOffsets;
    begin();
    names = writeText(bytes, channel.name, namesAt + names) - namesAt;
    for (const { offset, stands } of channel.gaps) {
      const at = gapsAt + GAP_ROW_BYTES * gaps++;
      bytes.writeUInt32LE(offset - before, at);
      writeCount(bytes, stands, at + 4);
      if (++done >= PIECE) done = yield* pause();
    }
    const { count } = channel;
    for (let n = 0; n < count; n++) {
      bytes.writeUInt32LE(channel.offsetAt(n) - before, offsetsAt + OFFSET_BYTES * offsets++);
      if (++done >= PIECE) done = yield* pause();
    }
    done += A_CHANNEL;
    if (done >= PIECE) done = yield* pause();
  }
  begin();
}

/** The next piece begins: nothing of it is done. */
function* pause(): Generator<void, number> {
  yield;
  return 0;
}

interface Survey {
  readonly channels: readonly ChannelOffsets[];
  readonly counts: FooterCounts;
  /** Of each channel. */
  readonly bucketOf: Uint32Array;
}

/** Counts what there is, and finds the bucket of each name. */
function* surveyOf(index: SegmentIndex, seed: number): Generator<void, Survey> {
  const buckets = bucketsOf(index.channels);
  const bucketOf = new Uint32Array(index.channels);
  const channels: ChannelOffsets[] = [];
  let [publications, gaps, nameBytes] = [0, 0, 0];
  for (const channel of index.all()) {
    const length = writeText(letters, channel.name, 0);
    bucketOf[channels.length] = hashOf(letters, 0, length, seed) & (buckets - 1);
    nameBytes += length;
    publications += channel.count;
    gaps += channel.gaps.length;
    if (channels.push(channel) % PIECE_NAMES === 0) yield;
  }
  const counts = {
    packs: index.packs.count,
    channels: channels.length,
    buckets,
    publications,
    gaps,
    nameBytes,
  };
  return { channels, counts, bucketOf };
}

/**
 * Writes where the channels of each bucket begin, and answers the channels in that order. It takes the same time
 * however many names meet in one bucket.
 */
function* byBucket(
  { counts: { buckets }, bucketOf }: Survey,
  bytes: Buffer,
  { bucketsAt }: FooterLayout,
): Generator<void, Uint32Array> {
  const next = new Uint32Array(buckets + 1);
  for (const bucket of bucketOf) (next[bucket + 1] as number)++;
  yield;
  for (let bucket = 1; bucket <= buckets; bucket++) (next[bucket] as number) += next[bucket - 1] as number;
  yield;
  for (let bucket = 0; bucket <= buckets; bucket++)
    bytes.writeUInt32LE(next[bucket] as number, bucketsAt + bucket * BUCKET_BYTES);
  yield;
  const order = new Uint32Array(bucketOf.length);
  for (let i = 0; i < bucketOf.length; i++) order[(next[bucketOf[i] as number] as number)++] = i;
  yield;
  return order;
}
