import type { Filter } from '@zerospan/client';
import { filtersOf } from '../../data/filters.ts';
import type { Params } from '../../shell/router.ts';

/** What the screen shows, as its address says it. */
export interface View {
  readonly channels: readonly string[];
  readonly prefixes: readonly string[];
  /** What has to be in a message: see `filteringOf`. */
  readonly filter: string;
  /** The message that is open, `EPOCH_OFFSET`. */
  readonly at: string | undefined;
  /** Whether a message has several lines. */
  readonly isWrapped: boolean;
}

export function viewOf(query: URLSearchParams): View {
  return {
    channels: query.getAll('c').filter((each) => each !== ''),
    prefixes: query.getAll('p').filter((each) => each !== ''),
    filter: query.get('f') ?? '',
    at: query.get('at') ?? undefined,
    isWrapped: query.get('wrap') === '1',
  };
}

export function paramsOf({ channels, prefixes, filter, at, isWrapped }: View): Params {
  return { c: channels, p: prefixes, f: filter, at, wrap: isWrapped ? 1 : undefined };
}

/** What to subscribe to: what the view names, or else everything that the person may read. */
export function filtersFor({ channels, prefixes }: View, everything: readonly Filter[]): readonly Filter[] {
  return channels.length + prefixes.length === 0 ? everything : filtersOf({ channels, prefixes });
}
