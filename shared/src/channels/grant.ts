import { type FilterSet, type Match, matcherOf, prefixCovers } from './filter.ts';

/**
 * Whether a grant opens all that filters let through. An exact filter is opened by its very name or by a prefix that
 * reaches it, a prefix only by a prefix that reaches it whole: `''` by nothing but `''`, and what begins with `$` only
 * by what does so itself.
 */
export function covers(grant: FilterSet, { channels, prefixes }: FilterSet): boolean {
  const { opensChannel, opensPrefix } = compileGrant(grant);
  return channels.every(opensChannel) && prefixes.every(opensPrefix);
}

/** A grant as two functions, for callers that check often: `covers` compiles all its filters each time. */
export interface CompiledGrant {
  readonly opensChannel: Match;
  /** The same for all that begins with a prefix. */
  readonly opensPrefix: Match;
}

export function compileGrant(grant: FilterSet): CompiledGrant {
  return {
    opensChannel: matcherOf(grant),
    opensPrefix: matcherOf({ channels: [], prefixes: grant.prefixes }),
  };
}

/** The same for all that begins with a prefix. */
export function coversPrefix(grant: FilterSet, prefix: string): boolean {
  return grant.prefixes.some((granted) => prefixCovers(granted, prefix));
}

/** The same for one channel. Who asks often compiles the grant: `matcherOf(grant)` answers alike. */
export function coversChannel(grant: FilterSet, channel: string): boolean {
  return grant.channels.includes(channel) || grant.prefixes.some((prefix) => prefixCovers(prefix, channel));
}
