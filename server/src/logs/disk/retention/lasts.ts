import type { PutRecord } from '../../../core/log/store.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import { PACK_HEADER_BYTES } from '../../packs/pack.ts';
import type { VerifiedPack } from '../../packs/verified-pack.ts';
import type { Files } from '../files/files.ts';
import type { SegmentIndex } from '../index/segment-index.ts';
import type { Packs } from '../reading/packs.ts';
import { readableIndex, sealedEndsOf } from '../segments/footers.ts';
import type { Indexes } from '../segments/indexes.ts';
import { SealedSegment } from '../segments/sealed-segment.ts';
import type { Segment } from '../segments/segment.ts';
import { LASTS_NAME, NEXT_LASTS_NAME } from '../segments/segment-name.ts';
import type { Segments } from '../segments/segments.ts';
import { LastsFile } from './lasts-file.ts';
import { type PackSurvivors, type Survivor, survivorsOf } from './survivors.ts';

/** More is not kept in one file: its places have four bytes, and its offsets too. */
const LASTS_BYTES_MOST = 1024 ** 3;
const SPAN_MOST = 2 ** 32 - 2;

/** Last publications in a file that stays open while they are read. */
export class Lasts extends SealedSegment {
  readonly #close: () => Promise<void>;

  constructor(
    ...[close, ...of]: [close: () => Promise<void>, ...ConstructorParameters<typeof SealedSegment>]
  ) {
    super(...of);
    this.#close = close;
  }

  /** Others have taken their place: the file goes when nobody reads it any more. */
  async end(): Promise<void> {
    await this.retire();
    await this.#close();
  }
}

export interface LastsParts {
  readonly files: Files;
  readonly segments: Segments;
  readonly indexes: Indexes;
  readonly packs: Packs;
  readonly turns: TimeSlicer;
  readonly epoch: string;
  /** Most bytes of last publications that outlive their segments; 0: none do. */
  readonly lastBytes: number;
}

/**
 * Opens the last publications that were kept.
 * @returns undefined: there are none, or they are damaged: then all of them are lost, and known to be
 */
export async function loadLasts(files: Files, indexes: Indexes): Promise<Lasts | undefined> {
  if (await files.stat(NEXT_LASTS_NAME)) await files.remove(NEXT_LASTS_NAME);
  const stat = await files.stat(LASTS_NAME);
  if (!stat) return undefined;
  const file = await files.open(LASTS_NAME, 'read');
  const read = (at: number, bytes: number): Promise<Buffer> => file.read(at, bytes);
  const ends = await sealedEndsOf(read, stat.sizeBytes).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  if (!ends) {
    await file.close();
    return undefined;
  }
  return new Lasts(() => file.close(), LASTS_NAME, ends.extent, stat.sizeBytes, read, indexes);
}

/** The survivors of one source, and where their packs are. */
interface Source {
  readonly segment: Segment;
  readonly index: SegmentIndex;
  /** Newest first. */
  readonly packs: readonly PackSurvivors[];
}

/**
 * Keeps the last publications of the channels of which nothing newer is left when the oldest segment goes: of that
 * one, and of what was kept before. The file takes the place of the one of before when the directory is synced.
 * @returns undefined: there are none
 */
export async function keepLasts(parts: LastsParts, oldest: Segment): Promise<Lasts | undefined> {
  const { segments, lastBytes } = parts;
  const { view } = segments;
  const room = Math.min(lastBytes, LASTS_BYTES_MOST);
  if (room === 0) return undefined;
  const younger = view.segments.slice(1);
  const sources: Source[] = [];
  const survive = async (segment: Segment, behind: readonly Segment[], upTo: number): Promise<void> => {
    const index = await readableIndex(segment);
    // What it had is lost. It has to go all the same: else nothing would be dropped until the disk is full.
    if (!index) return;
    sources.push({ segment, index, packs: await survivorsOf(index, behind, upTo, room, parts.turns) });
  };
  await survive(oldest, younger, oldest.last);
  if (view.lasts) await survive(view.lasts, [oldest, ...younger], view.droppedUpTo);
  const from = await firstWithin(parts, sources, room);
  return from === undefined ? undefined : write(parts, sources.reverse(), from);
}

/** Offset of the oldest one for which there is room; undefined: there is none at all. */
async function firstWithin(
  parts: LastsParts,
  sources: readonly Source[],
  bytes: number,
): Promise<number | undefined> {
  let room = bytes;
  let from: number | undefined;
  let least = 0;
  for (const source of sources) {
    for (const { i, survivors } of source.packs) {
      const pack = await packOf(parts, source, i);
      if (!pack) continue;
      for (const survivor of [...survivors].reverse()) {
        const { payload } = recordOf(pack, survivor);
        room -= PACK_HEADER_BYTES + Buffer.byteLength(survivor.channel) + payload.byteLength;
        if (room < 0 || survivor.offset < least) return from;
        from = survivor.offset;
        if (least === 0) least = Math.max(survivor.offset - SPAN_MOST, 1);
      }
    }
  }
  return from;
}

/** @param sources oldest first */
async function write(parts: LastsParts, sources: readonly Source[], from: number): Promise<Lasts> {
  const { files, indexes, turns } = parts;
  // One may be there that was not finished.
  if (await files.stat(NEXT_LASTS_NAME)) await files.remove(NEXT_LASTS_NAME);
  const file = await files.open(NEXT_LASTS_NAME, 'create');
  try {
    const lasts = new LastsFile(file, parts.epoch, from - 1, turns);
    for (const source of sources) {
      for (const { i, survivors } of [...source.packs].reverse()) {
        const pack = await packOf(parts, source, i);
        if (!pack) continue;
        for (const survivor of survivors)
          if (survivor.offset >= from)
            await lasts.add(recordOf(pack, survivor), survivor.offset, pack.header.time);
      }
    }
    await lasts.close();
    await files.rename(NEXT_LASTS_NAME, LASTS_NAME);
    const read = (at: number, bytes: number): Promise<Buffer> => file.read(at, bytes);
    const { sizeBytes } = await file.stat();
    const ends = await sealedEndsOf(read, sizeBytes);
    if (!ends) throw new Error(`What was just written to ${LASTS_NAME} cannot be read.`);
    return new Lasts(() => file.close(), LASTS_NAME, ends.extent, sizeBytes, read, indexes);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Undefined: it is damaged, and its publications are lost. */
async function packOf(
  { packs, segments, turns }: LastsParts,
  { segment, index }: Source,
  i: number,
): Promise<VerifiedPack | undefined> {
  await turns.wait();
  const asked = {
    segment,
    position: segments.positionOf(segment),
    table: index.packs,
    i,
    order: 'backwards',
    isDense: false,
  } as const;
  const pack = packs.held(asked) ?? (await packs.read(asked));
  return pack?.records === undefined ? undefined : pack;
}

function recordOf(pack: VerifiedPack, { offset, channel }: Survivor): PutRecord {
  const { payload, republish, user } = pack.record(pack.find(offset));
  return { kind: 'put', channels: [channel], payload, republish, user, key: undefined };
}
