import { EVERY_CHANNEL, type FilterSet, filterCount, type Match, matcherOf } from '@zerospan/shared';

/** Compiled once for each set: a session that catches up asks with the same sets for every chunk. */
const compiled = new WeakMap<FilterSet, Match>();

/** Whether a filter lets an entry of a channel through; any filter does for one that stands for every channel. */
export function matches(filter: FilterSet, channel: string): boolean {
  if (channel === EVERY_CHANNEL) return filterCount(filter) > 0;
  let match = compiled.get(filter);
  if (!match) {
    match = matcherOf(filter);
    compiled.set(filter, match);
  }
  return match(channel);
}
