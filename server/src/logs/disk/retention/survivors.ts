import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { ChannelOffsets, SegmentIndex } from '../index/segment-index.ts';
import { readableIndex } from '../segments/footers.ts';
import type { Segment } from '../segments/segment.ts';

/** Channels checked between two questions whether the turn has time left. */
const PIECE = 64;

/** A publication that would be lost although it is the last of its channel. */
export interface Survivor {
  readonly offset: number;
  readonly channel: string;
}

/** Those of one pack, by offset. */
export interface PackSurvivors {
  /** The number of the pack. */
  readonly i: number;
  readonly survivors: readonly Survivor[];
}

/**
 * The publications of an index that are the last of their channels, as far as they may fit into some bytes, newest
 * first.
 * @param younger the segments behind it, oldest first
 * @param upTo what it has above that counts not
 */
export async function survivorsOf(
  index: SegmentIndex,
  younger: readonly Segment[],
  upTo: number,
  bytes: number,
  turns: TimeSlicer,
): Promise<PackSurvivors[]> {
  const isGone = await goneOnes(index, younger, turns);
  // They are counted by pack first: there may be a million, and room for a few thousand of the newest.
  const counts = new Uint32Array(index.packs.count);
  await each(index, isGone, upTo, turns, (_, offset) => {
    (counts[index.packs.find(offset)] as number)++;
  });
  const from = firstPack(index, counts, bytes);
  const byPack = new Map<number, Survivor[]>();
  await each(index, isGone, upTo, turns, ({ name }, offset) => {
    const i = index.packs.find(offset);
    if (i < from) return;
    const survivors = byPack.get(i) ?? [];
    byPack.set(i, survivors);
    survivors.push({ offset, channel: name });
  });
  const packs: PackSurvivors[] = [];
  for (let i = index.packs.count - 1; i >= from; i--) {
    const survivors = byPack.get(i)?.sort((a, b) => a.offset - b.offset);
    if (survivors) packs.push({ i, survivors });
    if (i % PIECE === 0) await turns.wait();
  }
  return packs;
}

/** By the number of the channel: whether a younger segment has a publication of it. */
async function goneOnes(
  index: SegmentIndex,
  younger: readonly Segment[],
  turns: TimeSlicer,
): Promise<Uint8Array> {
  const isGone = new Uint8Array(index.channels);
  let left = index.channels;
  // Most channels are in the newest one.
  for (let i = younger.length - 1; i >= 0 && left > 0; i--) {
    const other = await readableIndex(younger[i] as Segment);
    // Nothing of it can be answered any more either.
    if (!other) continue;
    let number = -1;
    for (const channel of index.all()) {
      if (++number % PIECE === 0) await turns.wait();
      if (isGone[number]) continue;
      if (!other.channel(channel.name)?.count) continue;
      isGone[number] = 1;
      left--;
    }
  }
  return isGone;
}

async function each(
  index: SegmentIndex,
  isGone: Uint8Array,
  upTo: number,
  turns: TimeSlicer,
  visit: (channel: ChannelOffsets, last: number) => void,
): Promise<void> {
  let number = -1;
  for (const channel of index.all()) {
    if (++number % PIECE === 0) await turns.wait();
    if (isGone[number] || channel.count === 0) continue;
    const last = channel.offsetAt(channel.count - 1);
    if (last <= upTo) visit(channel, last);
  }
}

/** The oldest pack of which something may fit, if its survivors are as large as the others of their packs. */
function firstPack({ packs }: SegmentIndex, counts: Uint32Array, bytes: number): number {
  let room = 2 * bytes;
  for (let i = packs.count - 1; i >= 0; i--) {
    const place = packs.at(i);
    room -= ((counts[i] as number) * place.bytes) / place.entries;
    if (room < 0) return i;
  }
  return 0;
}
