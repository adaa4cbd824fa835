import { firstWhere } from '../../../core/log/first-where.ts';
import type { Scan, Scanned } from '../../../core/log/store.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import { Answer } from '../../packs/answer.ts';
import type { Hole, Holes } from '../segments/holes.ts';
import type { Segment } from '../segments/segment.ts';
import { firstAbove, type Segments, type View } from '../segments/segments.ts';
import { DroppedAnswers } from './dropped-answers.ts';
import type { Span } from './merge.ts';
import { offsetBefore } from './offset-before.ts';
import type { Packs } from './packs.ts';
import { Walk } from './walk.ts';

/** A scan ends behind a segment when the ones whose indexes it had to read have these bytes together. */
const UNKNOWN_BYTES_MOST = 256 * 1024 * 1024;

export interface ReadingParts {
  readonly segments: Segments;
  readonly holes: Holes;
  /** When the log was opened, in ms since 1970: no entry of before is later. */
  readonly openedAt: number;
  readonly packs: Packs;
  readonly turns: TimeSlicer;
  /** A pack was found damaged that was not known to be: what it had is missing from now on. */
  readonly onHole: (hole: Hole, segment: Segment) => void;
}

/** A segment, or what is kept of others, and what of it a scan asks for. */
interface Part {
  readonly segment: Segment;
  readonly span: Span;
}

/** Reads a log on disk: see the port `Store`. */
export class Reading {
  readonly #parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  async scan(scan: Scan): Promise<Scanned> {
    const { segments, holes, turns } = this.#parts;
    const { view } = segments;
    const answer = new Answer(scan);
    const loans = lend(view, scan);
    try {
      await this.#walk(view, scan, answer);
    } finally {
      for (const giveBack of loans) giveBack();
    }
    // Of the moment of `view`; what was found damaged since is missing from the entries, and has to be said.
    const answers = new DroppedAnswers(view, holes, turns);
    const dropped = await answers.of(scan.dropped);
    const { entries, reached, scanned } = answer;
    return { entries, reached, scanned, dropped, searched: answers.searched };
  }

  /** An offset below every entry of a time or later. @param time in ms since 1970 */
  offsetBefore(time: number): Promise<number> {
    const { segments, holes, openedAt } = this.#parts;
    return offsetBefore({ view: segments.view, holes, openedAt }, time);
  }

  async #walk(view: View, scan: Scan, answer: Answer): Promise<void> {
    const { packs, turns, segments } = this.#parts;
    const positionOf = (segment: Segment): number => segments.positionOf(segment);
    const onBad = (hole: Hole, segment: Segment): void => this.#bad(hole, segment);
    const walk = new Walk({ packs, turns, positionOf, onBad }, scan, answer);
    let unknownBytes = 0;
    for (const part of partsOf(view, scan)) {
      const { segment, span } = part;
      if (unknownBytes >= UNKNOWN_BYTES_MOST) return answer.stopBefore(startOf(part, scan));
      if (segment.index() instanceof Promise) unknownBytes += segment.bytes;
      try {
        await walk.through(segment, span);
      } catch (error) {
        // Without what is kept, all that was dropped is missing, and it is said: see `DroppedAnswers`.
        if (segment === view.lasts) continue;
        if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
        // Neither its footer nor its packs can be read.
        this.#bad({ from: segment.before + 1, to: segment.last }, segment);
      }
      if (answer.isFull) return;
    }
  }

  #bad(hole: Hole, segment: Segment): void {
    if (this.#parts.holes.add(hole)) this.#parts.onHole(hole, segment);
  }
}

/**
 * Keeps what a scan reads readable. Segments go one after the other, the oldest first, so that one of them holds all
 * behind it; one that is sealed meanwhile is read as another object, and its own file is closed.
 */
function lend({ lasts, segments }: View, { after }: Scan): (() => void)[] {
  const from = firstAbove(segments, after);
  const lent = segments.slice(from, from + 1);
  if (lasts) lent.push(lasts);
  for (let i = segments.length - 1; i > from && !segments[i]?.isSealed; i--)
    lent.push(segments[i] as Segment);
  return lent.map((segment) => segment.lend());
}

/** In the order of the scan. */
function* partsOf(
  { lasts, segments, droppedUpTo }: View,
  { order, after, upTo }: Scan,
): Generator<Part, void> {
  const spanOf = ({ before, last }: Segment): Span => ({
    after: Math.max(after, before),
    upTo: Math.min(upTo, last),
  });
  // What it has of segments that were not dropped after all, as when the process ended before that, they have.
  const kept = lasts && spanOf(lasts);
  const first = lasts &&
    kept && { segment: lasts, span: { ...kept, upTo: Math.min(kept.upTo, droppedUpTo) } };
  if (first && order === 'forwards' && hasAny(first)) yield first;
  const from = firstAbove(segments, after);
  const end = firstWhere(from, segments.length, (i) => (segments[i] as Segment).before >= upTo);
  for (let n = 0; n < end - from; n++) {
    const segment = segments[order === 'forwards' ? from + n : end - 1 - n] as Segment;
    const part = { segment, span: spanOf(segment) };
    if (hasAny(part)) yield part;
  }
  if (first && order === 'backwards' && hasAny(first)) yield first;
}

function hasAny({ span }: Part): boolean {
  return span.after < span.upTo;
}

/** The first offset of a part, in the order of the scan. */
function startOf({ span }: Part, { order }: Scan): number {
  return order === 'forwards' ? span.after + 1 : span.upTo;
}
