import type { PackHeader } from '../../packs/pack.ts';
import type { Files } from '../files/files.ts';
import { FORMAT_VERSION } from '../format/segment-header.ts';
import { bootIdOf } from '../identity/boot.ts';
import { readMeta } from '../identity/meta.ts';
import { type Verdict, verdictOf } from '../identity/verdict.ts';
import { UnfitDirectory } from '../options.ts';
import { droppedOf, LASTS_NAME } from '../segments/segment-name.ts';
import { bytesOf, filesOfLog, type SegmentFile, segmentFilesOf, userOf } from './log-files.ts';
import { endsOf, scanSegment, using } from './segment-scan.ts';

/** How a start would go on. */
export type LogStanding =
  /** A process keeps its log there now. */
  | 'in-use'
  /** In the same epoch: it was closed, or closed by `log move`, or its process ended and the machine did not. */
  | 'closed'
  | 'moved'
  | 'left'
  /** In the same epoch, above all that may have been given: the machine was started again since. */
  | 'left-before-boot'
  /** In a new epoch: it is a copy, or nothing says what it is. */
  | 'copy'
  | 'unknown';

/** A range of what a log holds; of a time in ms since 1970. */
export interface LogRange {
  readonly first: number;
  readonly last: number;
}

/** What a log is and holds, as far as headers and trailers say, and the packs of segments that are not sealed. */
export interface LogInfo {
  /** The absolute path. */
  readonly directory: string;
  readonly format: number;
  readonly standing: LogStanding;
  /** Of the process that has it; null: none has. */
  readonly pid: number | null;
  /** null: what says so is missing or damaged. */
  readonly epoch: string | null;
  readonly begins: number | null;
  /** null: it holds nothing. */
  readonly offsets: LogRange | null;
  readonly times: LogRange | null;
  /** Publications and upstream gaps. */
  readonly entries: number;
  readonly segments: number;
  /** Bytes of the segments; of last publications that outlive them; of what is remembered of dropped segments. */
  readonly bytes: number;
  readonly lastBytes: number;
  readonly droppedBytes: number;
  /** Segments whose header or trailer is damaged; `verify` says more. */
  readonly damaged: readonly string[];
}

interface SegmentInfo {
  readonly entries: number;
  readonly offsets: LogRange;
  readonly times: LogRange;
}

/** @throws UnfitDirectory where there is no log, or it was written by a newer version */
export async function logInfo(directory: string): Promise<LogInfo> {
  const files = await filesOfLog(directory);
  const meta = await readMeta(files);
  const verdict = verdictOf(meta, await bootIdOf());
  if (verdict.kind === 'newer') throw new UnfitDirectory('newer-format', String(verdict.version));
  const pid = (await userOf(files.path)) ?? null;
  const segments = await segmentFilesOf(files);
  const damaged: string[] = [];
  const infos: SegmentInfo[] = [];
  for (const segment of segments) {
    const info = await segmentInfo(files, segment, segment === segments.at(-1));
    if (info === 'damaged') damaged.push(segment.name);
    else if (info) infos.push(info);
  }
  const names = await files.list();
  const known = 'meta' in verdict ? verdict.meta : undefined;
  return {
    directory: files.path,
    format: FORMAT_VERSION,
    standing: pid === null ? standingOf(verdict) : 'in-use',
    pid,
    epoch: known?.epoch ?? null,
    begins: known?.begins ?? null,
    offsets: rangeOf(infos.map(({ offsets }) => offsets)),
    times: rangeOf(infos.map(({ times }) => times)),
    entries: infos.reduce((sum, { entries }) => sum + entries, 0),
    segments: segments.length,
    bytes: await bytesOf(
      files,
      segments.map(({ name }) => name),
    ),
    lastBytes: await bytesOf(files, [LASTS_NAME]),
    droppedBytes: await bytesOf(
      files,
      names.filter((name) => droppedOf(name) !== undefined),
    ),
    damaged,
  };
}

const STANDINGS: Readonly<Record<Exclude<Verdict['kind'], 'newer'>, LogStanding>> = {
  new: 'unknown',
  unreadable: 'unknown',
  copy: 'copy',
  clean: 'closed',
  moved: 'moved',
  'same-boot': 'left',
  'other-boot': 'left-before-boot',
};

function standingOf(verdict: Exclude<Verdict, { readonly kind: 'newer' }>): LogStanding {
  // It has not been moved yet.
  if (verdict.kind === 'clean' && verdict.meta.isMoved) return 'moved';
  return STANDINGS[verdict.kind];
}

/** undefined: it holds nothing. */
function segmentInfo(
  files: Files,
  segment: SegmentFile,
  isNewest: boolean,
): Promise<SegmentInfo | 'damaged' | undefined> {
  return using(files, segment.name, async (file) => {
    const ends = await endsOf(file);
    const { header, trailer } = ends;
    if (typeof header === 'string') return 'damaged';
    if (typeof trailer !== 'string') {
      const { entries, first, last, firstTime, lastTime } = trailer;
      return { entries, offsets: { first, last }, times: { first: firstTime, last: lastTime } };
    }
    // Before the newest one a few are left without a seal where a server ended before it had sealed them.
    if (!isNewest && trailer !== 'short' && trailer !== 'magic') return 'damaged';
    let entries = 0;
    let oldest: PackHeader | undefined;
    let newest: PackHeader | undefined;
    const { last } = await scanSegment(file, ends, segment, {
      found: ({ header: pack }) => {
        entries += pack.entries;
        oldest ??= pack;
        newest = pack;
      },
      missing: () => undefined,
    });
    const [from, to] = [oldest, newest] as readonly (PackHeader | undefined)[];
    if (!from || !to) return undefined;
    return { entries, offsets: { first: from.first, last }, times: { first: from.time, last: to.time } };
  });
}

function rangeOf(ranges: readonly LogRange[]): LogRange | null {
  const [first, last] = [ranges[0], ranges.at(-1)];
  return first && last ? { first: first.first, last: last.last } : null;
}
