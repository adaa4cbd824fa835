import { type FilterSet, type Match, matcherOf } from '@zerospan/shared';
import type { Entry, Want } from './log.ts';

/** Compiled once for each set: a session that catches up asks with the same sets for every chunk. */
const compiled = new WeakMap<FilterSet, Match>();

export function matches(filter: FilterSet, channel: string): boolean {
  let match = compiled.get(filter);
  if (!match) {
    match = matcherOf(filter);
    compiled.set(filter, match);
  }
  return match(channel);
}

/** Whether at least one of these wants an entry. */
export function wanted(entry: Entry, wants: readonly Want[]): boolean {
  for (const want of wants) {
    if (entry.offset > want.after && matches(want.filter, entry.channel)) return true;
  }
  return false;
}
