import type { Files, OpenFile } from '../files/files.ts';
import {
  readSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  type SegmentHeaderFault,
} from '../format/segment-header.ts';
import { readTrailer, TRAILER_BYTES, type Trailer, type TrailerFault } from '../format/trailer.ts';
import { type FoundPack, type Missing, type Scan, scanPacks } from '../opening/scanning.ts';
import { UnfitDirectory } from '../options.ts';
import type { SegmentFile } from './log-files.ts';

/** What a segment says of itself at both ends, and where its packs end at the latest. */
export interface SegmentEnds {
  readonly sizeBytes: number;
  readonly header: SegmentHeader | SegmentHeaderFault;
  readonly trailer: Trailer | TrailerFault;
  readonly packsEnd: number;
}

export interface SegmentVisitor {
  found(pack: FoundPack): void;
  missing(missing: Missing): void;
}

export async function using<T>(
  files: Files,
  name: string,
  action: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await files.open(name, 'read');
  try {
    return await action(file);
  } finally {
    await file.close();
  }
}

/** @throws UnfitDirectory where a newer version has written it */
export async function endsOf(file: OpenFile): Promise<SegmentEnds> {
  const { sizeBytes } = await file.stat();
  const bytes = await file.read(0, SEGMENT_HEADER_BYTES);
  const header = readSegmentHeader(bytes);
  if (header === 'version') throw new UnfitDirectory('newer-format', String(bytes.readUInt16LE(4)));
  const end = await file.read(Math.max(sizeBytes - TRAILER_BYTES, 0), TRAILER_BYTES);
  const trailer = readTrailer(end, sizeBytes);
  const packsEnd = typeof trailer === 'string' ? sizeBytes : trailer.footerAt - trailer.keysBytes;
  return { sizeBytes, header, trailer, packsEnd };
}

/** Reads all packs of a segment, and checks each. */
export function scanSegment(
  file: OpenFile,
  { header, packsEnd }: SegmentEnds,
  { before }: SegmentFile,
  visitor: SegmentVisitor,
): Promise<Scan> {
  const start = typeof header === 'string' ? { before, chain: undefined } : header;
  return scanPacks(file, packsEnd, { at: SEGMENT_HEADER_BYTES, ...start }, visitor);
}
