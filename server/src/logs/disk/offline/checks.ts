import { crcOf } from '../../packs/check-sum.ts';
import type { OpenFile } from '../files/files.ts';
import { SEGMENT_HEADER_BYTES, type SegmentHeaderFault } from '../format/segment-header.ts';
import { TRAILER_BYTES, type Trailer, type TrailerFault } from '../format/trailer.ts';
import { readFooter } from '../index/footer.ts';
import { GrowingIndex } from '../index/growing-index.ts';
import { footerOf } from '../index/write-footer.ts';
import { indexPack } from '../opening/found-segment.ts';
import type { FoundPack, Scan } from '../opening/scanning.ts';
import type { SegmentFile } from './log-files.ts';
import { endsOf, type SegmentEnds, scanSegment } from './segment-scan.ts';

/** Called with a place in the file, what is wrong there, and the offsets that are missing because of it. */
export type OnFault = (at: number, what: string, missing?: { from: number; to: number }) => void;

/** Where a segment ends. */
export interface SegmentEnd {
  /** Offset of its last entry, and the check sum of its last pack. */
  readonly last: number;
  readonly chain: number;
  readonly packs: number;
  readonly entries: number;
}

export interface SegmentPlace {
  /** Undefined: it is no segment, but the file of last publications, which follows nothing. */
  readonly segment: SegmentFile | undefined;
  /** Only the newest segment may be open. */
  readonly isNewest: boolean;
  readonly previous: SegmentEnd | undefined;
}

const HEADERS: Readonly<Record<Exclude<SegmentHeaderFault, 'version'>, string>> = {
  short: 'it is too short for a header',
  magic: 'it does not begin as a segment does',
  crc: 'its header is damaged',
  bounds: 'its header says what cannot be',
};

const TRAILERS: Readonly<Record<TrailerFault, string>> = {
  short: 'it was never sealed, although newer ones follow',
  magic: 'it was never sealed, although newer ones follow, or its trailer is damaged',
  crc: 'its trailer is damaged',
  bounds: 'its trailer says what cannot be',
};

/** Checks a segment, or the file of last publications, from its header to its trailer. */
export async function checkSegment(file: OpenFile, place: SegmentPlace, fault: OnFault): Promise<SegmentEnd> {
  const ends = await endsOf(file);
  const { header, trailer, sizeBytes } = ends;
  const before = typeof header === 'string' ? (place.segment?.before ?? 0) : header.before;
  checkHeader(ends, place.segment?.before ?? before, place, fault);
  const isOpen = trailer === 'short' || trailer === 'magic';
  if (typeof trailer === 'string' && !(isOpen && place.isNewest && place.segment))
    fault(Math.max(sizeBytes - TRAILER_BYTES, 0), TRAILERS[trailer]);
  const { scan, index, isWhole } = await scanned(file, ends, before, fault);
  if (typeof trailer !== 'string')
    await checkSeal(file, trailer, isWhole ? { scan, index } : undefined, fault);
  return { last: scan.last, chain: scan.chain, packs: index.packs.count, entries: index.entries };
}

/** Checks what is remembered of a dropped segment. @returns where that ended; undefined: it is damaged */
export async function checkDropped(
  file: OpenFile,
  place: SegmentPlace,
  fault: OnFault,
): Promise<SegmentEnd | undefined> {
  const ends = await endsOf(file);
  const { trailer, sizeBytes } = ends;
  checkHeader(ends, place.segment?.before ?? 0, place, fault);
  if (typeof trailer === 'string') {
    fault(Math.max(sizeBytes - TRAILER_BYTES, 0), TRAILERS[trailer]);
    return undefined;
  }
  if (trailer.footerAt !== SEGMENT_HEADER_BYTES)
    fault(SEGMENT_HEADER_BYTES, 'its footer is not where it belongs');
  await checkSeal(file, trailer, undefined, fault);
  return { last: trailer.last, chain: trailer.chain, packs: 0, entries: 0 };
}

function checkHeader({ header }: SegmentEnds, before: number, place: SegmentPlace, fault: OnFault): void {
  if (typeof header === 'string') {
    fault(0, HEADERS[header as keyof typeof HEADERS]);
    return;
  }
  if (header.before !== before)
    fault(0, `its header says that it begins above ${header.before}, and its name another offset`);
  const { previous } = place;
  if (!previous || !place.segment) return;
  // After a power loss the log goes on above all that may have been given: the chain goes on, the offsets do not.
  const follows = header.before >= previous.last && header.chain === previous.chain;
  if (follows) return;
  const [from, to] = [previous.last + 1, header.before];
  fault(0, 'it does not follow the segment before it', from <= to ? { from, to } : undefined);
}

async function scanned(
  file: OpenFile,
  ends: SegmentEnds,
  before: number,
  fault: OnFault,
): Promise<{ scan: Scan; index: GrowingIndex; isWhole: boolean }> {
  const index = new GrowingIndex(before);
  let isWhole = true;
  const bad: OnFault = (...all) => {
    isWhole = false;
    fault(...all);
  };
  const scan = await scanSegment(
    file,
    ends,
    { name: file.name, before },
    {
      found: (pack) => checkPack(index, pack, bad),
      missing: ({ from, to, at, end }) => {
        if (end > at) bad(at, `${end - at} bytes are damaged`, { from, to });
      },
    },
  );
  const left = ends.packsEnd - scan.end;
  if (scan.tail === 'short') bad(scan.end, `its last pack is not whole: ${left} bytes of it are there`);
  if (scan.tail === 'bad') bad(scan.end, `the last ${left} bytes of its packs are damaged`);
  return { scan, index, isWhole };
}

function checkPack(index: GrowingIndex, pack: FoundPack, fault: OnFault): void {
  try {
    if (indexPack(index, pack)) return;
  } catch (error) {
    // It holds what belongs together alone.
    if (!(error instanceof RangeError)) throw error;
  }
  fault(pack.at, 'the records of a pack are not those that its header says');
}

/** @param packs what the packs have; undefined: they are damaged, or not there */
async function checkSeal(
  file: OpenFile,
  trailer: Trailer,
  packs: { readonly scan: Scan; readonly index: GrowingIndex } | undefined,
  fault: OnFault,
): Promise<void> {
  const { footerAt, footerBytes, keysBytes, keysCrc } = trailer;
  const keys = await file.read(footerAt - keysBytes, keysBytes);
  if (crcOf(keys) !== keysCrc) fault(footerAt - keysBytes, 'the keys of its puts are damaged');
  const footer = await file.read(footerAt, footerBytes);
  const read = toEnd(readFooter(footer, trailer));
  if (typeof read === 'string') fault(footerAt, 'its footer is damaged');
  if (!packs || typeof read === 'string') return;
  const { scan, index } = packs;
  const seed = footer.readUInt32LE(SEED_AT);
  if (!toEnd(footerOf(index, seed)).equals(footer))
    fault(footerAt, 'its footer does not say what its packs have');
  const says = [trailer.entries, trailer.packs, trailer.last, trailer.chain];
  const has = [index.entries, index.packs.count, scan.last, scan.chain];
  if (says.some((figure, i) => figure !== has[i]))
    fault(footerAt + footerBytes, 'its trailer does not say what its packs have');
}

/** Where a footer has the seed of its hash. */
const SEED_AT = 16;

/** Nobody else waits for a turn here. */
function toEnd<T>(pieces: Generator<void, T>): T {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}
