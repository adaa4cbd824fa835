import type { SpanEnd } from '../../journal/records.ts';
import type { Chunk, Interest } from '../../log/log.ts';
import type { Witnesses } from '../../receipts/witnesses.ts';
import type { SessionWriter } from '../session-writer.ts';
import type { Subscription } from '../subscription.ts';
import type { Reader, Sources } from './reader.ts';

/** What a step of a session works with. */
export interface StepContext {
  readonly bus: Sources;
  readonly writer: SessionWriter;
  readonly reader: Reader;
  /** Notes what the cursors pass; undefined if the client never acknowledges. */
  readonly witnesses: Witnesses | undefined;
  /** Notes that subscriptions are not given any more what they were given in this way. */
  noted(some: readonly Subscription[], end: SpanEnd): void;
}

/**
 * Writes what a read answered, and each skip in its place as a gap.
 * @param announce called before each run of entries that is written
 */
export function writeAll<W extends Interest>(
  { entries, skips }: Chunk<W>,
  writer: SessionWriter,
  idOf: (interest: W) => number,
  announce: (count: number) => void = () => {},
): void {
  let written = 0;
  const write = (before: number): void => {
    if (before > written) announce(before - written);
    writer.write(entries.slice(written, before));
    written = before;
  };
  for (let first = 0; first < skips.length; ) {
    const before = skips[first]?.before ?? entries.length;
    let next = first;
    while (skips[next]?.before === before) next++;
    write(before);
    const left = skips.slice(first, next);
    writer.reportGaps(
      left.map(({ interest, from, to, missed }) => ({ id: idOf(interest), from, to, missed })),
      'lag',
      'latest',
    );
    first = next;
  }
  write(entries.length);
}
