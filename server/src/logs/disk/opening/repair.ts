import { randomInt } from 'node:crypto';
import type { RememberedBounds } from '../../../core/log/puts/remembered.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { Files, OpenFile } from '../files/files.ts';
import { SEGMENT_HEADER_BYTES } from '../format/segment-header.ts';
import { readTrailer, type Trailer } from '../format/trailer.ts';
import { keptKeys, sealOf } from '../index/seal.ts';
import type { FoundSegment, ScannedSegment } from './found-segment.ts';
import type { KeptSegment, Survey } from './survey.ts';

/** So much is read and written at a time. */
const PIECE_BYTES = 4 * 1024 * 1024;

export interface RepairParts {
  readonly files: Files;
  readonly slicer: Pick<TimeSlicer, 'run'>;
  /** In ms since 1970. */
  readonly nowMs: number;
  readonly remembered: RememberedBounds;
}

/** A segment that has its footer. */
export interface SealedFile {
  readonly name: string;
  readonly before: number;
  readonly trailer: Trailer;
  /** Of the file. */
  readonly bytes: number;
}

/** The segment that the log is written on. */
export interface OpenTail {
  readonly name: string;
  readonly before: number;
  /** When it was begun, in ms since 1970; undefined: nobody knows. */
  readonly created: number | undefined;
  readonly scanned: ScannedSegment;
}

export interface Repaired {
  /** Oldest first. */
  readonly sealed: readonly SealedFile[];
  /** Undefined: another segment has to be begun. */
  readonly tail: OpenTail | undefined;
}

/**
 * Makes a directory what was found of it: what lies above the end of the log goes, segments that lack their footers are
 * given them, and all of it is synced. Should the process end meanwhile, the next start finds the same.
 * @param goesOn whether the newest segment is written on
 * @param isTrusted whether everything that can be read is on the disk. Otherwise all that is not known to be synced is
 * written again: what the system could not write in the background it may still have in memory, and not try again
 */
export async function repair(
  found: Survey,
  { goesOn, isTrusted }: { readonly goesOn: boolean; readonly isTrusted: boolean },
  parts: RepairParts,
): Promise<Repaired> {
  const { files } = parts;
  for (const name of found.left) await files.remove(name);
  const sealed: SealedFile[] = [];
  let tail: OpenTail | undefined;
  for (const [i, kept] of found.kept.entries()) {
    const { trailer } = kept;
    const { name, before, created } = kept.found;
    const isTail = goesOn && i === found.kept.length - 1 && !trailer && kept.found.hasHeader;
    if (kept.scanned?.index.packs.count === 0 && !isTail) {
      // What was synced is left where it is, for repair by hand, though nothing of it can be read.
      const wasSynced = found.syncedUpTo > kept.found.before && kept.found.sizeBytes > SEGMENT_HEADER_BYTES;
      if (!wasSynced) await files.remove(name);
      continue;
    }
    if (isTail && kept.scanned) tail = { name, before, created, scanned: kept.scanned };
    const ends = { syncedUpTo: isTrusted ? kept.last : found.syncedUpTo, lacksEnd: lacksSynced(found, i) };
    const file = await repairSegment(kept, isTail, ends, parts);
    if (file) sealed.push(file);
    kept.found.forget();
  }
  await files.syncDirectory();
  return { sealed, tail };
}

/** Whether the end of a segment was synced, and cannot be read. */
function lacksSynced({ kept, syncedUpTo }: Survey, i: number): boolean {
  const { last } = kept[i] as KeptSegment;
  return last < Math.min(syncedUpTo, kept[i + 1]?.found.before ?? syncedUpTo);
}

function repairSegment(
  { found, trailer, last, scanned }: KeptSegment,
  isTail: boolean,
  { syncedUpTo, lacksEnd }: { readonly syncedUpTo: number; readonly lacksEnd: boolean },
  parts: RepairParts,
): Promise<SealedFile | undefined> {
  const { name, before, sizeBytes } = found;
  // What was synced stays where it is, for repair by hand, though it cannot be read: the footer goes behind it.
  const end = trailer || !scanned || (lacksEnd && !isTail) ? sizeBytes : scanned.end;
  return found.using('update', async (file) => {
    if (end < sizeBytes) await file.truncate(end);
    if (last > syncedUpTo || before >= syncedUpTo)
      await renew(file, await placeAbove(found, scanned, syncedUpTo), end);
    if (isTail || trailer) {
      await file.sync();
      return trailer && { name, before, trailer, bytes: sizeBytes };
    }
    const written = await seal(file, scanned as ScannedSegment, end, parts);
    await file.sync();
    return { name, before, ...written };
  });
}

/** Where in the file it begins what is above an offset: with its header, if all of it is. */
async function placeAbove(
  found: FoundSegment,
  scanned: ScannedSegment | undefined,
  offset: number,
): Promise<number> {
  if (found.before >= offset) return 0;
  const { packs } = (scanned ?? (await found.scan())).index;
  return packs.at(Math.min(packs.find(offset + 1), packs.count - 1)).at;
}

/** Writes bytes over themselves. */
async function renew(file: OpenFile, from: number, end: number): Promise<void> {
  for (let at = from; at < end; ) {
    const piece = await file.read(at, Math.min(PIECE_BYTES, end - at));
    if (piece.length === 0) break;
    await file.write(piece, at);
    at += piece.length;
  }
}

async function seal(
  file: OpenFile,
  { index, chain }: ScannedSegment,
  end: number,
  { slicer, nowMs, remembered }: RepairParts,
): Promise<{ readonly trailer: Trailer; readonly bytes: number }> {
  const options = { at: end, chain, seed: randomInt(2 ** 32), ...keptKeys(remembered, nowMs) };
  const parts = await slicer.run(sealOf(index, options));
  let at = end;
  for (const part of [parts.keys, parts.footer, parts.trailer]) {
    await file.write(part, at);
    at += part.length;
  }
  const trailer = readTrailer(parts.trailer, at);
  if (typeof trailer === 'string')
    throw new Error(`the trailer just made for ${file.name} cannot be read: ${trailer}`);
  return { trailer, bytes: at };
}
