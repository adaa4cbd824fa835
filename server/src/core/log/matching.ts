import { EVERY_CHANNEL, type FilterSet, type Match, matcherOf } from '@zerospan/shared';

/** Compiled once for each set: a session that catches up asks with the same sets for every chunk. */
const compiled = new WeakMap<FilterSet, Match>();

/** Whether a filter lets an entry of a channel through, or one that stands for every channel. */
export function matches(filter: FilterSet, channel: string): boolean {
  let match = compiled.get(filter);
  if (!match) {
    match = matcherOf(filter);
    compiled.set(filter, match);
  }
  return channel === EVERY_CHANNEL || match(channel);
}
