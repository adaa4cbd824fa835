import { firstWhere } from '../../../core/log/first-where.ts';
import type { Holes } from '../segments/holes.ts';
import type { Segment } from '../segments/segment.ts';
import type { View } from '../segments/segments.ts';
import { indexOf } from './dropped-answers.ts';

export interface OffsetBeforeParts {
  readonly view: View;
  readonly holes: Holes;
  /** When the log was opened, in ms since 1970: what is missing of what was newest then is not later. */
  readonly openedAt: number;
}

/** The highest offset that is known to lie below every entry of a time or later. @param time in ms since 1970 */
export async function offsetBefore(
  { view, holes, openedAt }: OffsetBeforeParts,
  time: number,
): Promise<number> {
  // What was dropped counts as well: who begins below it has lost something.
  const known = [...view.dropped, ...view.segments].filter(({ entries }) => entries > 0);
  const i = firstWhere(0, known.length, (i) => (known[i] as Segment).lastTime >= time);
  const segment = known[i];
  if (!segment && time > openedAt) return view.segments.at(-1)?.last ?? view.droppedUpTo;
  const before = segment?.before ?? Math.max(known.at(-1)?.last ?? 0, view.droppedUpTo);
  // All of those before it are older. Of what was forgotten, nobody knows.
  if (!segment || segment.firstTime >= time)
    return i > 0 || view.forgottenUpTo === 0 ? belowHole(holes, before) : lastBefore(view, time);
  return belowHole(holes, await offsetWithin(segment, time));
}

/** Nobody knows of when it was what is missing right below an offset. */
function belowHole(holes: Holes, offset: number): number {
  const hole = holes.around(offset);
  return hole ? hole.from - 1 : offset;
}

async function offsetWithin(segment: Segment, time: number): Promise<number> {
  const index = await indexOf(segment);
  if (!index) return segment.before;
  const pack = index.packs.findTime(time);
  return pack === 0 || pack >= index.packs.count ? segment.before : index.packs.at(pack).first - 1;
}

/** The newest of the last publications that are older; all before it are as old, whatever is known of them. */
async function lastBefore({ lasts, droppedUpTo }: View, time: number): Promise<number> {
  const index = lasts && (await indexOf(lasts));
  if (!index) return 0;
  const { packs } = index;
  const pack = packs.findTime(time) - 1;
  if (pack < 0) return 0;
  const { first, entries } = packs.at(pack);
  return Math.min(first + entries - 1, droppedUpTo);
}
