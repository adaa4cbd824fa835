import type { Scan, Scanned } from '../../../core/log/store.ts';
import type { Hole, Holes } from '../segments/holes.ts';
import type { Segment } from '../segments/segment.ts';
import type { Segments, View } from '../segments/segments.ts';
import type { Turns } from '../segments/turns.ts';
import { Answer } from './answer.ts';
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
  readonly packs: Packs;
  readonly turns: Turns;
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
    const parts = partsOf(view, scan);
    const loans = parts.map(({ segment }) => segment.lend());
    try {
      await this.#walk(view, parts, scan, answer);
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
    return offsetBefore(this.#parts.segments.view, time);
  }

  async #walk(view: View, parts: readonly Part[], scan: Scan, answer: Answer): Promise<void> {
    const { packs, turns, segments } = this.#parts;
    const positionOf = (segment: Segment): number => segments.positionOf(segment);
    const onBad = (hole: Hole, segment: Segment): void => this.#bad(hole, segment);
    const walk = new Walk({ packs, turns, positionOf, onBad }, scan, answer);
    let unknownBytes = 0;
    for (const part of parts) {
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

/** In the order of the scan. */
function partsOf(view: View, { order, after, upTo }: Scan): Part[] {
  const parts: Part[] = [];
  const add = (segment: Segment, most: number): void => {
    const span = { after: Math.max(after, segment.before), upTo: Math.min(upTo, segment.last, most) };
    if (span.after < span.upTo) parts.push({ segment, span });
  };
  // What it has of segments that were not dropped after all, as when the process ended before that, they have.
  if (view.lasts) add(view.lasts, view.droppedUpTo);
  for (const segment of view.segments) add(segment, Number.MAX_SAFE_INTEGER);
  return order === 'forwards' ? parts : parts.reverse();
}

/** The first offset of a part, in the order of the scan. */
function startOf({ span }: Part, { order }: Scan): number {
  return order === 'forwards' ? span.after + 1 : span.upTo;
}
