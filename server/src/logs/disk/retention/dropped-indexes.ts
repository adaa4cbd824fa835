import type { TimeSlicer } from '../../../core/time-slicer.ts';
import { crcInPieces } from '../../packs/check-sum.ts';
import type { Files } from '../files/files.ts';
import { withoutPacks } from '../index/seal.ts';
import type { ColdReads } from '../segments/cold-reads.ts';
import { readable, sealedEndsOf } from '../segments/footers.ts';
import type { Indexes } from '../segments/indexes.ts';
import type { OpenFiles } from '../segments/open-files.ts';
import { SealedSegment } from '../segments/sealed-segment.ts';
import type { Segment } from '../segments/segment.ts';
import { droppedName, droppedOf, UNFINISHED_ENDING } from '../segments/segment-name.ts';
import type { View } from '../segments/segments.ts';

/** However small the log, so much is remembered of what was dropped; and however large, not more. */
const REMEMBERED_BYTES_LEAST = 64 * 1024;
const REMEMBERED_BYTES_MOST = 64 * 1024 * 1024;

/** What of a log its dropped segments may take. */
const SHARE = 32;

export interface DroppedParts {
  readonly files: Files;
  readonly open: OpenFiles;
  readonly indexes: Indexes;
  readonly cold: ColdReads;
  readonly turns: TimeSlicer;
}

/** What is remembered of dropped segments. */
export type Remembered = Pick<View, 'dropped' | 'forgottenUpTo'>;

/** @param logBytes what the segments of the log may have together */
export function rememberedBytes(logBytes: number): number {
  return Math.min(Math.max(logBytes / SHARE, REMEMBERED_BYTES_LEAST), REMEMBERED_BYTES_MOST);
}

/**
 * Writes what is remembered of a segment that is about to be dropped. It is there for good once the directory is
 * synced.
 * @returns undefined: its footer is damaged, or cannot be read any more, and nothing can be remembered of it
 */
export async function rememberDropped(
  parts: DroppedParts,
  segment: Segment,
): Promise<SealedSegment | undefined> {
  const { files, cold, turns } = parts;
  const read = (at: number, bytes: number): Promise<Buffer> => cold.run(() => segment.read(at, bytes));
  const ends = await sealedEndsOf(read, segment.bytes);
  if (!ends) return undefined;
  const { footerAt, footerBytes, footerCrc } = ends.trailer;
  const footer = await readable(read, footerAt, footerBytes);
  if (!footer || (await turns.runBeside(crcInPieces(footer))) !== footerCrc) return undefined;
  const name = droppedName(segment.before);
  const unfinished = `${name}${UNFINISHED_ENDING}`;
  if (await files.stat(unfinished)) await files.remove(unfinished);
  const file = await files.open(unfinished, 'create');
  const bytes = withoutPacks(ends.header, footer, ends.trailer);
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(unfinished, name);
  return openDropped(parts, name, bytes.length);
}

/**
 * Forgets the oldest dropped segments beyond a bound.
 * @param dropped oldest first
 * @returns what is left, and how many are gone
 */
export function forgetBeyond(
  { dropped, forgottenUpTo }: Remembered,
  mostBytes: number,
): Remembered & { readonly gone: readonly Segment[] } {
  let bytes = dropped.reduce((sum, segment) => sum + segment.bytes, 0);
  let gone = 0;
  let upTo = forgottenUpTo;
  for (; bytes > mostBytes && gone < dropped.length; gone++) {
    const oldest = dropped[gone] as Segment;
    bytes -= oldest.bytes;
    upTo = Math.max(upTo, dropped[gone + 1]?.before ?? oldest.last);
  }
  return { dropped: dropped.slice(gone), forgottenUpTo: upTo, gone: dropped.slice(0, gone) };
}

/**
 * Opens what is remembered of dropped segments, and removes what is of no use: what a segment still has, and what lies
 * below something that was forgotten.
 * @param names of all files
 * @param droppedUpTo offset of the newest entry before the oldest segment
 */
export async function loadDropped(
  parts: DroppedParts,
  names: readonly string[],
  droppedUpTo: number,
): Promise<Remembered> {
  const known = names.flatMap((name) => droppedOf(name) ?? []).sort((a, b) => b - a);
  const dropped: Segment[] = [];
  let forgottenUpTo = droppedUpTo;
  for (const before of known) {
    const name = droppedName(before);
    const segment = await loadOne(parts, name);
    // Each ends where the next one begins, and the newest where the segments begin.
    if (segment?.last === forgottenUpTo) {
      dropped.unshift(segment);
      forgottenUpTo = before;
    } else await parts.files.remove(name);
  }
  for (const name of names) if (isUnfinished(name)) await parts.files.remove(name);
  return { dropped, forgottenUpTo };
}

async function loadOne(parts: DroppedParts, name: string): Promise<Segment | undefined> {
  const stat = await parts.files.stat(name);
  return stat && openDropped(parts, name, stat.sizeBytes);
}

async function openDropped(
  { open, indexes }: DroppedParts,
  name: string,
  sizeBytes: number,
): Promise<SealedSegment | undefined> {
  const read = (at: number, bytes: number): Promise<Buffer> => open.read(name, at, bytes);
  const ends = await sealedEndsOf(read, sizeBytes);
  return ends && new SealedSegment(name, ends.extent, sizeBytes, read, indexes);
}

function isUnfinished(name: string): boolean {
  return (
    name.endsWith(UNFINISHED_ENDING) && droppedOf(name.slice(0, -UNFINISHED_ENDING.length)) !== undefined
  );
}
