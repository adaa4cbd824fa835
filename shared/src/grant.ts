import { type FilterSet, matcherOf, prefixCovers } from './filter.ts';

/**
 * Whether a grant opens all that filters let through. An exact filter is opened by its very name or by a prefix that reaches it, a
 * prefix only by a prefix that reaches it whole: `''` by nothing but `''`, and what begins with `$` only by what does so itself.
 */
export function covers(grant: FilterSet, { channels, prefixes }: FilterSet): boolean {
  return channels.every(matcherOf(grant)) && prefixes.every((prefix) => coversPrefix(grant, prefix));
}

/** The same for all that begins with a prefix. */
export function coversPrefix(grant: FilterSet, prefix: string): boolean {
  return grant.prefixes.some((granted) => prefixCovers(granted, prefix));
}

/** The same for one channel. Who asks often compiles the grant: `matcherOf(grant)` answers alike. */
export function coversChannel(grant: FilterSet, channel: string): boolean {
  return grant.channels.includes(channel) || grant.prefixes.some((prefix) => prefixCovers(prefix, channel));
}
