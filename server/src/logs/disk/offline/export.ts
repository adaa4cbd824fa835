import { ExportLines, type ExportRange, PIECE_LENGTH } from '../../lines/export-lines.ts';
import type { PackHeader } from '../../packs/pack.ts';
import type { Files, OpenFile } from '../files/files.ts';
import { readMeta } from '../identity/meta.ts';
import { LASTS_NAME } from '../segments/segment-name.ts';
import { filesOfIdleLog, type SegmentFile, segmentFilesOf } from './log-files.ts';
import { endsOf, type SegmentEnds, scanSegment } from './segment-scan.ts';

export type { ExportRange } from '../../lines/export-lines.ts';

const AHEAD_BYTES = 1024 * 1024;

/** A pack in its file; or offsets that nothing is there of. */
type Found =
  | { readonly at: number; readonly header: PackHeader }
  | { readonly from: number; readonly to: number };

/**
 * A log as lines of JSON, in the order of offsets, several at a time: publications as `/v1/history` has them, and gaps:
 * `upstream` with the time at which it was reported, `missing` where offsets are not there, because of damage or of a
 * power loss. Last publications that outlived retention come first.
 * @throws UnfitDirectory where there is no log, a process uses it, or a newer version has written it
 */
export async function* exportLog(directory: string, range: ExportRange = {}): AsyncGenerator<string> {
  const files = await filesOfIdleLog(directory);
  const meta = await readMeta(files);
  const epoch = meta.kind === 'good' ? meta.meta.epoch : '';
  const segments = await segmentFilesOf(files);
  if (await files.stat(LASTS_NAME)) {
    // What they have of segments that are there does not count: the server may have ended before it removed those.
    const { before: most = Number.POSITIVE_INFINITY } = segments[0] ?? {};
    const { toOffset = most } = range;
    const lasts = new ExportLines({ ...range, toOffset: Math.min(toOffset, most) }, epoch);
    yield* exported(files, { name: LASTS_NAME, before: 0 }, lasts);
    if (lasts.length > 0) yield lasts.take();
  }
  const lines = new ExportLines(range, epoch);
  let reached: number | undefined;
  for (const segment of segments) {
    if (reached !== undefined && segment.before > reached) lines.missing(reached + 1, segment.before);
    reached = yield* exported(files, segment, lines);
  }
  if (lines.length > 0) yield lines.take();
}

/** @returns offset of the last entry of the file */
async function* exported(
  files: Files,
  segment: SegmentFile,
  lines: ExportLines,
): AsyncGenerator<string, number> {
  const file = await files.open(segment.name, 'read');
  try {
    const ends = await endsOf(file);
    const { header, trailer } = ends;
    if (typeof header !== 'string') lines.epoch = header.epoch;
    if (typeof trailer !== 'string' && !lines.isInRange(trailer)) return trailer.last;
    const { found, last } = await foundIn(file, ends, segment);
    const ahead = new ReadAhead(file, ends.packsEnd);
    for (const one of found) {
      // Last publications stand apart from one another.
      if ('from' in one && segment.name !== LASTS_NAME) lines.missing(one.from, one.to);
      if ('header' in one && lines.isInRange(extentOf(one.header)))
        lines.pack(await ahead.read(one.at, one.header.bytes), one.header);
      if (lines.length >= PIECE_LENGTH) yield lines.take();
    }
    return last;
  } finally {
    await file.close();
  }
}

/** Reads more than it is asked for: a pack may be one entry, and most of what it costs is the call. */
class ReadAhead {
  readonly #file: OpenFile;
  readonly #end: number;
  #at = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: OpenFile, end: number) {
    this.#file = file;
    this.#end = end;
  }

  async read(at: number, bytes: number): Promise<Buffer> {
    if (at < this.#at || at + bytes > this.#at + this.#bytes.length) {
      this.#bytes = await this.#file.read(at, Math.min(Math.max(bytes, AHEAD_BYTES), this.#end - at));
      this.#at = at;
    }
    return this.#bytes.subarray(at - this.#at, at - this.#at + bytes);
  }
}

/** Where the packs are: they are read when their lines are due. */
async function foundIn(
  file: OpenFile,
  ends: SegmentEnds,
  segment: SegmentFile,
): Promise<{ readonly found: readonly Found[]; readonly last: number }> {
  const found: Found[] = [];
  const { last } = await scanSegment(file, ends, segment, {
    found: ({ at, header }) => void found.push({ at, header }),
    missing: ({ from, to }) => void found.push({ from, to }),
  });
  return { found, last };
}

function extentOf({ first, entries, time }: PackHeader) {
  return { first, last: first + entries - 1, firstTime: time, lastTime: time };
}
