import type { Filter, FilterSet } from '@zerospan/shared';

/**
 * Whether filters let a channel through (N5, N6), written once more: a fault of the product's own matching must not be
 * the test's as well.
 */
export function lets({ channels, prefixes }: Partial<FilterSet>, channel: string): boolean {
  // A gap whose channel has no name stands for every one (G6).
  if (channel === '') return [...(channels ?? []), ...(prefixes ?? [])].length > 0;
  if (channels?.includes(channel)) return true;
  const open = channel.startsWith('$') ? prefixes?.filter((prefix) => prefix.startsWith('$')) : prefixes;
  return open?.some((prefix) => channel.slice(0, prefix.length) === prefix) ?? false;
}

export function setOf(filters: readonly Filter[]): FilterSet {
  const channels: string[] = [];
  const prefixes: string[] = [];
  for (const filter of filters) {
    if (filter === '') prefixes.push('');
    else if (typeof filter === 'string') channels.push(filter);
    else prefixes.push(filter.prefix);
  }
  return { channels, prefixes };
}

/** A set without those filters of another that are the very same. */
export function less(set: FilterSet, gone: FilterSet): FilterSet {
  return {
    channels: set.channels.filter((channel) => !gone.channels.includes(channel)),
    prefixes: set.prefixes.filter((prefix) => !gone.prefixes.includes(prefix)),
  };
}
