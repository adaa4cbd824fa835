import { channelFault, isReserved, prefixFault } from './channel.ts';
import { PrefixTree } from './prefix-tree.ts';

/** What a subscriber asks for: one channel exactly, or all that begin with a prefix. `''` is the empty prefix. */
export type Filter = string | { readonly prefix: string };

/** Filters in the form the wire and the server use: exact names and prefixes apart. */
export interface FilterSet {
  readonly channels: readonly string[];
  readonly prefixes: readonly string[];
}

/** Answers whether a channel matches. */
export type Match = (channel: string) => boolean;

/**
 * Whether a prefix reaches a name. Neither `''` nor a prefix reaches the server's own names (`$…`) unless it begins
 * with `$` itself. On well-formed names this is the byte prefix of ZeroMQ, taken outright.
 */
export function prefixCovers(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && (!isReserved(name) || isReserved(prefix));
}

/** Splits filters as a user writes them into a set. It checks nothing: see {@link filterSetFault}. */
export function toFilterSet(filters: Filter | readonly Filter[]): FilterSet {
  const channels: string[] = [];
  const prefixes: string[] = [];
  for (const filter of isList(filters) ? filters : [filters]) {
    if (typeof filter === 'string' && filter !== '') channels.push(filter);
    else prefixes.push(typeof filter === 'string' ? '' : filter.prefix);
  }
  return { channels, prefixes };
}

/** The filters of a set as a user writes them. */
export function toFilters(set: FilterSet): Filter[] {
  return [...set.channels, ...set.prefixes.map((prefix) => (prefix === '' ? '' : { prefix }))];
}

/** Says what is wrong with a set, in words for its author; undefined when it is good. An empty set is an error. */
export function filterSetFault(set: FilterSet): string | undefined {
  if (filterCount(set) === 0) return 'a subscription names at least one channel or prefix';
  for (const channel of set.channels) {
    const fault = channelFault(channel);
    if (fault) return fault;
  }
  for (const prefix of set.prefixes) {
    const fault = prefixFault(prefix);
    if (fault) return fault;
  }
  return undefined;
}

export function filterCount(set: FilterSet): number {
  return set.channels.length + set.prefixes.length;
}

/**
 * One canonical set for several: sorted, each filter once, nothing that a prefix covers anyway. Two unions that let
 * the same channels through by the same filters are equal, so that their sessions can share a cohort.
 */
export function unionOf(sets: Iterable<FilterSet>): FilterSet {
  const channels: string[] = [];
  const prefixes: string[] = [];
  for (const set of sets) {
    for (const channel of set.channels) channels.push(channel);
    for (const prefix of set.prefixes) prefixes.push(prefix);
  }
  const kept = new PrefixTree<true>();
  // In this order a prefix comes before all that it covers.
  const wide = sortedOnce(prefixes).filter((prefix) => {
    if (kept.reaches(prefix)) return false;
    kept.obtain(prefix).value = true;
    return true;
  });
  const exact = sortedOnce(channels);
  return {
    channels: wide.length === 0 ? exact : exact.filter((channel) => !kept.reaches(channel)),
    prefixes: wide,
  };
}

/** Names in order, each once. */
function sortedOnce(names: string[]): string[] {
  return names.sort().filter((name, i) => name !== names[i - 1]);
}

/** A set without the filters of another. Filters are compared as written: taking away `room1` leaves `''` whole. */
export function without(set: FilterSet, gone: FilterSet): FilterSet {
  const channels = new Set(gone.channels);
  const prefixes = new Set(gone.prefixes);
  return {
    channels: set.channels.filter((channel) => !channels.has(channel)),
    prefixes: set.prefixes.filter((prefix) => !prefixes.has(prefix)),
  };
}

/** Compiles a set into a function that is cheap to call per publication. */
export function matcherOf(set: FilterSet): Match {
  if (set.channels.length === 1 && set.prefixes.length === 0) {
    const only = set.channels[0];
    return (channel) => channel === only;
  }
  const channels = new Set(set.channels);
  if (set.prefixes.length === 0) return (channel) => channels.has(channel);
  if (set.channels.length === 0 && set.prefixes.length === 1) {
    const [only = ''] = set.prefixes;
    return (channel) => prefixCovers(only, channel);
  }
  const prefixes = new PrefixTree<true>();
  for (const prefix of set.prefixes) prefixes.obtain(prefix).value = true;
  return (channel) => channels.has(channel) || prefixes.reaches(channel);
}

function isList(filters: Filter | readonly Filter[]): filters is readonly Filter[] {
  return Array.isArray(filters);
}
