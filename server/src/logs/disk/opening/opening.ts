import { randomUUID } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import type { RememberedBounds } from '../../../core/log/puts/remembered.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { Files } from '../files/files.ts';
import { LEASE_LEAST } from '../identity/lease.ts';
import { MetaFile, readMeta } from '../identity/meta.ts';
import type { Meta } from '../identity/meta-slot.ts';
import { type Verdict, verdictOf } from '../identity/verdict.ts';
import { UnfitDirectory } from '../options.ts';
import type { Hole } from '../segments/holes.ts';
import { ActiveSegment } from '../writing/active-segment.ts';
import type { Head } from '../writing/writer.ts';
import { type KnownPuts, restorePuts } from './put-keys.ts';
import { type Repaired, repair, type SealedFile } from './repair.ts';
import { type Survey, survey } from './survey.ts';

/** A stored time that is further ahead than this is said to the operator. */
const AHEAD_MS = 60_000;

/** A start that takes longer says what it is doing. */
const SILENT_MS = 1_000;

export interface OpeningParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly slicer: Pick<TimeSlicer, 'run'>;
  readonly bootId: string;
  readonly pid: number;
  /** Begins a new epoch in any case. */
  readonly isNewEpoch: boolean;
  readonly remembered: RememberedBounds;
  /** Called with what a start is doing, where that may take long. */
  readonly progress: (text: string) => void;
}

/** A log as a start has found it, ready to be written on. */
export interface OpenedDirectory extends KnownPuts {
  readonly epoch: string;
  readonly begins: number;
  readonly head: Head;
  /** Everything up to this offset is synced. */
  readonly syncedUpTo: number;
  /** Oldest first. */
  readonly sealed: readonly SealedFile[];
  readonly active: ActiveSegment;
  readonly holes: readonly Hole[];
  readonly meta: MetaFile;
  /** For readiness: what is wrong, and what to do about it. */
  readonly notes: readonly string[];
}

/** Where the log goes on, and as which. */
interface Course {
  readonly head: number;
  readonly epoch: string;
  readonly begins: number;
  /** What was given may be missing: no put of before is known for certain. */
  readonly isTorn: boolean;
  readonly notes: readonly string[];
}

/**
 * Opens the log of a directory, and makes it safe: from then on it is this process's.
 * @throws UnfitDirectory where it was written by a later version: it is left as it is
 */
export async function openDirectory(parts: OpeningParts): Promise<OpenedDirectory> {
  const { files, clock, slicer, bootId, pid, remembered } = parts;
  const found = await readMeta(files);
  const verdict = verdictOf(found, bootId);
  if (verdict.kind === 'newer') throw new UnfitDirectory('newer-format', String(verdict.version));
  const cleanHead = 'meta' in verdict ? verdict.meta.cleanHead : undefined;
  const fromMs = clock.elapsed();
  const progress = (text: string): void => {
    if (clock.elapsed() - fromMs >= SILENT_MS) parts.progress(text);
  };
  const surveyed = await survey(files, cleanHead, progress);
  const course = courseOf(verdict, surveyed, parts.isNewEpoch);
  const { head, epoch, begins } = course;
  const nowMs = clock.now();
  const isSameEpoch = 'meta' in verdict && epoch === verdict.meta.epoch;
  // A segment says of which epoch it is: what is written to one of another epoch would count as that one's.
  const goesOn = isSameEpoch && head === surveyed.last;
  const isTrusted = cleanHead !== undefined || verdict.kind === 'other-boot';
  const repaired = await repair(surveyed, { goesOn, isTrusted }, { files, slicer, nowMs, remembered });
  const time = timeOf(repaired);
  const restored = await restorePuts(repaired, { remembered, nowMs, begins, files, slicer });
  const known = 'meta' in verdict ? verdict.meta.forgottenUpTo : 0;
  const forgottenUpTo = Math.max(restored.forgottenUpTo, known, course.isTorn ? Math.max(nowMs, time) : 0);
  const { active, created } = await activeOf(repaired, surveyed, course, parts);
  const begin = async (): Promise<MetaFile> => {
    if (created) {
      await active.file.sync();
      await files.syncDirectory();
    }
    return MetaFile.begin(files, found, {
      epoch,
      begins,
      bootId,
      pid,
      leaseUpTo: head + LEASE_LEAST,
      startedAt: head,
      cleanHead: undefined,
      isMoved: false,
      forgottenUpTo,
    });
  };
  const meta = await begin().catch(async (error: unknown) => {
    await active.file.close();
    throw error;
  });
  return {
    epoch,
    begins,
    head: { offset: head, time },
    syncedUpTo: head,
    sealed: repaired.sealed,
    active,
    holes: head > surveyed.last && isSameEpoch ? [...surveyed.holes, holeTo(head, surveyed)] : surveyed.holes,
    puts: restored.puts,
    forgottenUpTo,
    meta,
    notes: [...surveyed.notes, ...course.notes, ...aheadNotes(time, nowMs)],
  };
}

function courseOf(verdict: Verdict, { last, tail, kept }: Survey, isNewEpoch: boolean): Course {
  if (!('meta' in verdict) || verdict.kind === 'copy' || isNewEpoch) {
    const isEmpty = kept.length === 0 && !('meta' in verdict);
    const least = 'meta' in verdict ? leastOf(verdict.meta) : 0;
    const head = Math.max(last, least);
    return {
      head,
      epoch: randomUUID(),
      begins: head,
      isTorn: !isEmpty,
      notes: isEmpty ? [] : [whyAnotherEpoch(verdict)],
    };
  }
  const { epoch, begins, leaseUpTo, startedAt, cleanHead } = verdict.meta;
  const same = { epoch, begins };
  const least = Math.max(last, leastOf(verdict.meta));
  const notes = last < least ? [`Offsets ${last + 1} to ${least} are missing: ${lossOf(last)}`] : [];
  // Where even what was there at the start before is missing, nobody knows what was given since.
  const isThere = last >= startedAt && verdict.kind === 'same-boot' && tail !== 'bad';
  const isWhole = cleanHead !== undefined || isThere;
  if (isWhole) return { ...same, head: least, isTorn: notes.length > 0, notes };
  return { ...same, head: Math.max(least, leaseUpTo), isTorn: true, notes };
}

/** Up to here offsets were given, whatever is left of the segments. */
function leastOf({ startedAt, cleanHead = 0 }: Meta): number {
  return Math.max(startedAt, cleanHead);
}

function lossOf(last: number): string {
  return last === 0
    ? 'the segments are not there any more.'
    : 'they were safely there before; the disk may be failing.';
}

function whyAnotherEpoch({ kind }: Verdict): string {
  if (kind === 'copy')
    return 'The directory is a copy: a new epoch has begun. To go on with the old one, move logs by `zerospan log move`.';
  if (kind === 'unreadable' || kind === 'new')
    return 'What the log said of itself (`meta`) is missing or damaged: a new epoch has begun.';
  return 'A new epoch has begun, as it was asked for.';
}

/** The segment that is written on, which may have to be begun. */
async function activeOf(
  { sealed, tail }: Repaired,
  { last }: Survey,
  { head, epoch }: Course,
  { files, clock }: OpeningParts,
): Promise<{ readonly active: ActiveSegment; readonly created: boolean }> {
  if (tail) {
    const { index, end, chain } = tail.scanned;
    const file = await files.open(tail.name, 'update');
    return { active: new ActiveSegment(file, index, { bytes: end, chain }), created: false };
  }
  const chain = sealed.at(-1)?.trailer.chain ?? 0;
  const header = { epoch, before: Math.max(head, last), created: clock.now(), chain };
  return { active: await ActiveSegment.create(files, header), created: true };
}

function timeOf({ sealed, tail }: Repaired): number {
  const packs = tail?.scanned.index.packs;
  if (packs && packs.count > 0) return packs.at(packs.count - 1).time;
  return sealed.at(-1)?.trailer.lastTime ?? 0;
}

function holeTo(head: number, { last }: Survey): Hole {
  return { from: last + 1, to: head };
}

function aheadNotes(time: number, nowMs: number): string[] {
  if (time <= nowMs + AHEAD_MS) return [];
  return [
    `The newest publications are of ${new Date(time).toISOString()}, which is to come: the clock of this machine was ` +
      'or is wrong. Set it; until then all new ones have that time, and age by running time.',
  ];
}
