import { firstWhere } from '../../../core/log/first-where.ts';
import type { Segment } from '../segments/segment.ts';
import type { View } from '../segments/segments.ts';
import { indexOf } from './dropped-answers.ts';

/** The highest offset that is known to lie below every entry of a time or later. @param time in ms since 1970 */
export async function offsetBefore(view: View, time: number): Promise<number> {
  // What was dropped counts as well: who begins below it has lost something.
  const all = [...view.dropped, ...view.segments].filter(({ entries }) => entries > 0);
  const i = firstWhere(0, all.length, (i) => (all[i] as Segment).lastTime >= time);
  const segment = all[i];
  if (!segment) return Math.max(all.at(-1)?.last ?? 0, view.droppedUpTo);
  // All of those before it are older. Of what was forgotten, nobody knows.
  if (segment.firstTime >= time)
    return i > 0 || view.forgottenUpTo === 0 ? segment.before : lastBefore(view, time);
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
