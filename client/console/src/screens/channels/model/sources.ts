import type { Bus, Filter, Publication, View } from '@zerospan/client';
import type { ChannelGroup, ChannelOrder, ChannelsPage, ObservedChannel } from '@zerospan/shared';
import type { Api } from '../../../data/api.ts';

/** One window of one level of the tree. */
export interface LevelQuery {
  readonly prefix: string;
  readonly separator: string;
  readonly search: string;
  readonly sort: ChannelOrder;
  readonly skip: number;
  readonly limit: number;
}

/** Where the channels come from. */
export interface ChannelSource {
  /** Whether it knows rates and subscribers. */
  readonly isObserving: boolean;
  /** @throws Problem */
  page(query: LevelQuery): Promise<ChannelsPage>;
}

/** All channels that the server knows, for who may observe it: the server sorts, searches and splits. */
export class ObservedSource implements ChannelSource {
  readonly isObserving = true;
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  page({ prefix, separator, search, sort, skip, limit }: LevelQuery): Promise<ChannelsPage> {
    return this.#api.get<ChannelsPage>('channels', {
      prefix,
      // What is searched for is shown wherever it lies.
      separator: search === '' && separator !== '' ? separator : undefined,
      search: search === '' ? undefined : search,
      sort,
      skip,
      limit,
    });
  }
}

/** The channels of which the person has been given something: what subscriptions bring, and no more is known. */
export class SeenSource implements ChannelSource {
  readonly isObserving = false;
  readonly view: View;

  constructor(bus: Bus, filters: readonly Filter[]) {
    this.view = bus.view(filters);
    // What was refused stands in `view.error`.
    this.view.ready.catch(() => {});
  }

  close(): void {
    void this.view.close();
  }

  page(query: LevelQuery): Promise<ChannelsPage> {
    return Promise.resolve(pageOf(this.view.entries, query));
  }
}

/** What the server would answer, of the publications that are here. */
export function pageOf(
  entries: ReadonlyMap<string, Publication>,
  { prefix, separator, search, sort, skip, limit }: LevelQuery,
): ChannelsPage {
  const needle = search.toLowerCase();
  const groups = new Map<string, ChannelGroup>();
  const channels: ObservedChannel[] = [];
  for (const [channel, { offset, time }] of entries) {
    if (!channel.startsWith(prefix) || !channel.toLowerCase().includes(needle)) continue;
    const end = separator === '' || search !== '' ? -1 : channel.indexOf(separator, prefix.length);
    if (end < 0) {
      channels.push({ channel, offset, time, perS: 0, sessions: 0, nativeSubscriptions: 0 });
      continue;
    }
    const name = channel.slice(0, end + separator.length);
    const before = groups.get(name);
    const isNewer = before === undefined || offset > (before.offset ?? 0);
    groups.set(name, {
      prefix: name,
      channels: (before?.channels ?? 0) + 1,
      offset: isNewer ? offset : before.offset,
      time: isNewer ? time : before.time,
      perS: 0,
    });
  }
  const byTime = (
    one: { readonly offset: number | null },
    other: { readonly offset: number | null },
  ): number => (sort === 'time' ? (other.offset ?? 0) - (one.offset ?? 0) : 0);
  const rows = [
    ...[...groups.values()].toSorted(
      (one, other) => byTime(one, other) || (one.prefix < other.prefix ? -1 : 1),
    ),
    ...channels.toSorted((one, other) => byTime(one, other) || (one.channel < other.channel ? -1 : 1)),
  ].slice(skip, skip + limit);
  return {
    groups: rows.filter((row): row is ChannelGroup => 'prefix' in row),
    channels: rows.filter((row): row is ObservedChannel => !('prefix' in row)),
    total: groups.size + channels.length,
    skip,
  };
}
