import {
  beforeWildcard,
  EVERY_CHANNEL,
  encodeControl,
  type Filter,
  type FilterSet,
  filterCount,
  filterSetFault,
  isOffset,
  isPosition,
  type Limits,
  ON_LAG,
  type OnLag,
  prefixCovers,
  quote,
  type ReplayRequest,
  toFilterSet,
  toFilters,
  utf8Bytes,
  ZerospanError,
} from '@zerospan/shared';

/** The filters that a user wrote, each once; throws what the server would refuse. */
export function goodFilters(filters: Filter | readonly Filter[], limits: Limits): FilterSet {
  const list: readonly unknown[] = Array.isArray(filters) ? filters : [filters];
  if (!list.every(isFilter)) {
    throw new ZerospanError('bad-filter', 'a filter is a channel name, { prefix }, or a list of these');
  }
  const written = toFilterSet(list);
  const fault = filterSetFault(written);
  if (fault !== undefined) throw new ZerospanError('bad-filter', fault);
  const set = { channels: [...new Set(written.channels)], prefixes: [...new Set(written.prefixes)] };
  if (filterCount(set) > limits.filters) {
    throw new ZerospanError('too-many-filters', `${filterCount(set)} filters, more than ${limits.filters}`);
  }
  // A subscription that alone is too large for its frame would close every connection that carries it.
  const bytes = utf8Bytes(encodeControl({ subscribe: { id: Number.MAX_SAFE_INTEGER, ...set } }));
  if (bytes > limits.envelopeBytes - FRAME_ROOM_BYTES) {
    throw new ZerospanError('too-large', `the filters take ${bytes} bytes, more than a frame holds`);
  }
  return set;
}

/** Room for what stands beside the filters of a subscription in its frame: a replay, an `after`. */
const FRAME_ROOM_BYTES = 1024;

export function checkReplay(replay: ReplayRequest, limits: Limits): void {
  const { since, last, sinceMs, ...others } = replay as Record<string, unknown>;
  const given = [since, last, sinceMs].filter((value) => value !== undefined);
  const good =
    given.length === 1 &&
    Object.keys(others).length === 0 &&
    (since === undefined || isPosition(since)) &&
    (last === undefined || (isOffset(last) && last >= 1 && last <= limits.replayLast)) &&
    (sinceMs === undefined || isOffset(sinceMs));
  if (!good) throw new ZerospanError('bad-replay');
}

/** Those filters of a set that are also in another, compared as written. */
export function shared(set: FilterSet, other: FilterSet): FilterSet {
  const channels = new Set(other.channels);
  const prefixes = new Set(other.prefixes);
  return {
    channels: set.channels.filter((channel) => channels.has(channel)),
    prefixes: set.prefixes.filter((prefix) => prefixes.has(prefix)),
  };
}

/** Those filters of a set that let a channel through; all of them for what stands for every channel. */
export function fitting(set: FilterSet, channel: string): Filter[] {
  if (channel === EVERY_CHANNEL) return toFilters(set);
  const channels = set.channels.filter((name) => name === channel);
  const prefixes = set.prefixes.filter((prefix) => prefixCovers(prefix, channel));
  return toFilters({ channels, prefixes });
}

function isFilter(filter: unknown): filter is Filter {
  if (typeof filter === 'string') return true;
  return (
    typeof filter === 'object' &&
    filter !== null &&
    typeof (filter as { prefix?: unknown }).prefix === 'string'
  );
}

/** @throws TypeError for what is none of them: it would be refused as a message, long after the mistake */
export function checkOnLag(onLag: OnLag | undefined): void {
  if (onLag !== undefined && !ON_LAG.includes(onLag))
    throw new TypeError(`onLag is one of ${ON_LAG.join(', ')}, not ${String(onLag)}`);
}

/** What to say of a name that was probably meant as a pattern; undefined: there is none. */
export function patternHint({ channels }: FilterSet): string | undefined {
  for (const name of channels) {
    const prefix = beforeWildcard(name);
    if (prefix === undefined) continue;
    const instead =
      prefix === ''
        ? "subscribe to '' for all channels"
        : `subscribe to { prefix: ${quote(prefix)} } for all that begin with it`;
    return `${quote(name)} is one channel of exactly this name; ${instead}.`;
  }
  return undefined;
}
