import { CHANNEL_ORDERS, type ChannelOrder } from '@zerospan/shared';
import type { Params } from '../../shell/router.ts';

/** What the screen shows, as its address says it. */
export interface View {
  /** The channel that is open at the side. */
  readonly channel: string | undefined;
  /** In the name. */
  readonly search: string;
  readonly sort: ChannelOrder;
  /** Where names are split into levels; empty: they are not. */
  readonly separator: string;
  /** Beginnings of names whose level is open. */
  readonly open: readonly string[];
}

/** Levels that an address names; more would not fit into one. */
const OPEN_MOST = 100;

const SEPARATOR = '.';

export function viewOf(query: URLSearchParams): View {
  const sort = query.get('sort');
  return {
    channel: query.get('c') || undefined,
    search: query.get('f') ?? '',
    sort: CHANNEL_ORDERS.find((each) => each === sort) ?? 'name',
    separator: query.has('sep') ? (query.get('sep') ?? '').slice(0, 8).replace('none', '') : SEPARATOR,
    open: query.getAll('o').slice(0, OPEN_MOST),
  };
}

export function paramsOf({ channel, search, sort, separator, open }: View): Params {
  return {
    c: channel,
    f: search,
    sort: sort === 'name' ? undefined : sort,
    o: open.slice(0, OPEN_MOST),
    sep: separator === SEPARATOR ? undefined : separator === '' ? 'none' : separator,
  };
}
