import type { Files } from '../files/files.ts';
import { droppedOf, LASTS_NAME } from '../segments/segment-name.ts';
import { checkDropped, checkSegment, type OnFault, type SegmentEnd } from './checks.ts';
import { bytesOf, filesOfIdleLog, type SegmentFile, segmentFilesOf } from './log-files.ts';
import { checkMeta } from './meta-check.ts';
import { using } from './segment-scan.ts';

const META = 'meta';

/** Something damaged. */
export interface LogFault {
  /** Its name in the directory. */
  readonly file: string;
  /** Where in the file it begins, in bytes. */
  readonly at: number;
  /** What is wrong there: the end of a sentence. */
  readonly what: string;
  /** Offsets that cannot be read because of it; left out where there are none, or nobody knows. */
  readonly from?: number;
  readonly to?: number;
}

/** What there is in a log, as far as it can be read. */
export interface VerifiedLog {
  readonly files: number;
  readonly bytes: number;
  readonly packs: number;
  readonly entries: number;
  readonly faults: number;
}

export interface Verifying {
  /** Called with each fault as it is found. */
  readonly onFault: (fault: LogFault) => void;
  /** Called behind each file. */
  readonly onProgress?: ((doneBytes: number, allBytes: number) => void) | undefined;
  /** Ends it between two files. */
  readonly signal?: AbortSignal;
}

/**
 * Reads everything that a log has written, and checks all sums, that packs and segments follow one another, and that
 * footers say what the packs have. Nothing is changed.
 * @throws UnfitDirectory where there is no log, a process uses it, or a newer version has written it
 */
export async function verifyLog(directory: string, verifying: Verifying): Promise<VerifiedLog> {
  const files = await filesOfIdleLog(directory);
  const checks = await checksOf(files);
  const allBytes = await bytesOf(
    files,
    checks.map(({ name }) => name),
  );
  const sum = { files: 0, bytes: 0, packs: 0, entries: 0, faults: 0 };
  for (const { name, check } of checks) {
    if (verifying.signal?.aborted) break;
    const { packs, entries } = await check((at, what, missing) => {
      sum.faults++;
      verifying.onFault({ file: name, at, what, ...missing });
    });
    sum.packs += packs;
    sum.entries += entries;
    sum.files++;
    sum.bytes += await bytesOf(files, [name]);
    verifying.onProgress?.(sum.bytes, allBytes);
  }
  return sum;
}

interface Check {
  readonly name: string;
  readonly check: (fault: OnFault) => Promise<Pick<SegmentEnd, 'packs' | 'entries'>>;
}

const NOTHING = { packs: 0, entries: 0 };

/** What there is to check, in order: each file has to follow the one before it. */
async function checksOf(files: Files): Promise<Check[]> {
  const names = await files.list();
  const dropped = names
    .flatMap((name) => ({ name, before: droppedOf(name) }))
    .filter((one): one is SegmentFile => one.before !== undefined)
    .sort((a, b) => a.before - b.before);
  const segments = await segmentFilesOf(files);
  let previous: SegmentEnd | undefined;
  return [
    { name: META, check: (fault) => checkMetaOf(files, fault) },
    ...(names.includes(LASTS_NAME) ? [LASTS_NAME] : []).map(
      (name): Check => ({
        name,
        check: (fault) =>
          using(files, name, (file) =>
            checkSegment(file, { segment: undefined, isNewest: false, previous: undefined }, fault),
          ),
      }),
    ),
    ...dropped.map(
      (segment): Check => ({
        name: segment.name,
        check: async (fault) => {
          const place = { segment, isNewest: false, previous };
          previous = await using(files, segment.name, (file) => checkDropped(file, place, fault));
          return NOTHING;
        },
      }),
    ),
    ...segments.map(
      (segment): Check => ({
        name: segment.name,
        check: async (fault) => {
          const place = { segment, isNewest: segment === segments.at(-1), previous };
          previous = await using(files, segment.name, (file) => checkSegment(file, place, fault));
          return previous;
        },
      }),
    ),
  ];
}

async function checkMetaOf(files: Files, fault: OnFault): Promise<typeof NOTHING> {
  if (await files.stat(META)) await using(files, META, (file) => checkMeta(file, fault));
  else fault(0, 'it is missing: a start would begin a new epoch');
  return NOTHING;
}
