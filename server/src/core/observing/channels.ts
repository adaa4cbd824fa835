import {
  type ChannelDetail,
  type ChannelGroup,
  type ChannelOrder,
  type ChannelsPage,
  EVERY_CHANNEL,
  isReserved,
  type NamedSession,
  type ObservedChannel,
} from '@zerospan/shared';
import type { Refs } from '../access/refs.ts';
import type { Cohorts } from '../fanout/cohorts.ts';
import type { Log } from '../log/log.ts';
import type { ZeroMqSubscribers } from '../putting/put-tally.ts';
import type { TimeSlicer } from '../time-slicer.ts';
import { Best } from './best.ts';
import { type Group, Groups } from './groups.ts';
import type { KnownChannel, KnownChannels } from './known-channels.ts';
import { RecentRate } from './recent-rate.ts';

/** What reading channels uses of the bus. */
export interface ChannelsBus {
  readonly log: Pick<Log, 'elapsed'>;
  readonly fanout: { readonly cohorts: Pick<Cohorts, 'sessionsMatching' | 'each'> };
  readonly refs: Pick<Refs, 'named'>;
}

export interface ChannelsQuery {
  /** The server's own channels are among them only where it begins as these do. */
  readonly prefix: string;
  /** In the name, whatever the case. Empty: all. */
  readonly search: string;
  readonly sort: ChannelOrder;
  /** How many rows stand before the page. */
  readonly skip: number;
  readonly limit: number;
  /** Channels with another one of it behind the prefix are answered as groups. Empty: none are. */
  readonly separator: string;
}

/** Channels that are read between two checks of the clock. */
const PIECE = 128;

/** Subscribers of one channel that are named. */
const SUBSCRIBERS_MOST = 100;

/** Channels as an operator sees them, read when they are asked for, in pieces. */
export class ObservedChannels {
  readonly #known: KnownChannels;
  readonly #bus: ChannelsBus;
  readonly #native: ZeroMqSubscribers;
  readonly #slicer: Pick<TimeSlicer, 'run'>;

  constructor(
    known: KnownChannels,
    bus: ChannelsBus,
    native: ZeroMqSubscribers,
    slicer: Pick<TimeSlicer, 'run'>,
  ) {
    this.#known = known;
    this.#bus = bus;
    this.#native = native;
    this.#slicer = slicer;
  }

  page(query: ChannelsQuery): Promise<ChannelsPage> {
    return this.#slicer.run(this.#page(query));
  }

  /** One channel, also where the log does not know it: sessions may be subscribed to it. */
  detail(name: string): Promise<ChannelDetail> {
    return this.#slicer.run(this.#detail(name));
  }

  *#page({ prefix, search, sort, skip, limit, separator }: ChannelsQuery): Generator<void, ChannelsPage> {
    const rate = new RecentRate(this.#known, this.#bus.log.elapsed());
    const needle = search.toLowerCase();
    const isOwn = isReserved(prefix);
    const groups = new Groups(prefix, separator);
    const first = new Best<KnownChannel>(skip + limit, (a, b) => byName(a.name, b.name));
    let total = 0;
    let seen = 0;
    for (const channel of this.#known.all()) {
      if (++seen % PIECE === 0) yield;
      const { name } = channel;
      if (!name.startsWith(prefix) || isReserved(name) !== isOwn || name === EVERY_CHANNEL) continue;
      if (needle !== '' && !name.toLowerCase().includes(needle)) continue;
      const group = groups.of(name);
      if (group) {
        group.offset = Math.max(group.offset, this.#known.lastOf(channel));
        group.count += rate.countOf(channel);
        continue;
      }
      total++;
      first.add(this.#keyOf(channel, sort, rate), channel);
    }
    const firstGroups = new Best<Group>(skip + limit, (a, b) => byName(a.prefix, b.prefix));
    for (const group of groups.all()) {
      if (++seen % PIECE === 0) yield;
      firstGroups.add(groupKeyOf(group, sort), group);
    }
    const shownGroups = yield* firstGroups.take(skip, skip + limit);
    const channelsSkip = Math.max(skip - groups.count, 0);
    const shown = yield* first.take(channelsSkip, channelsSkip + limit - shownGroups.length);
    const channels: ObservedChannel[] = [];
    for (const channel of shown) {
      channels.push(this.#observedOf(channel.name, channel, rate));
      if (channels.length % PIECE === 0) yield;
    }
    total += groups.count;
    return {
      groups: shownGroups.map((group) => this.#groupOf(group, rate)),
      channels,
      total,
      skip: Math.min(skip, total),
    };
  }

  *#detail(name: string): Generator<void, ChannelDetail> {
    const channel = this.#known.get(name);
    const observed = this.#observedOf(name, channel, new RecentRate(this.#known, this.#bus.log.elapsed()));
    yield;
    const subscribers: NamedSession[] = [];
    this.#bus.fanout.cohorts.each(name, ({ sessions }) => {
      for (const member of sessions) {
        if (subscribers.length >= SUBSCRIBERS_MOST) return;
        subscribers.push(this.#bus.refs.named(member.requester));
      }
    });
    return {
      ...observed,
      entries: channel?.entries ?? 0,
      oldest: channel?.oldest ?? null,
      subscribers,
    };
  }

  #observedOf(name: string, channel: KnownChannel | undefined, rate: RecentRate): ObservedChannel {
    const offset = channel ? this.#known.lastOf(channel) : 0;
    return {
      channel: name,
      offset: orNull(offset),
      time: this.#timeOf(offset),
      perS: channel ? rate.perS(rate.countOf(channel)) : 0,
      sessions: this.#bus.fanout.cohorts.sessionsMatching(name),
      nativeSubscriptions: this.#native.nativeSubscriptions(name),
    };
  }

  #groupOf({ prefix, channels, offset, count }: Group, rate: RecentRate): ChannelGroup {
    return { prefix, channels, offset: orNull(offset), time: this.#timeOf(offset), perS: rate.perS(count) };
  }

  #timeOf(offset: number): number | null {
    return offset === 0 ? null : (this.#known.timeAt(offset) ?? null);
  }

  #keyOf(channel: KnownChannel, sort: ChannelOrder, rate: RecentRate): number {
    switch (sort) {
      case 'name':
        return 0;
      case 'rate':
        return rate.countOf(channel);
      case 'sessions':
        return this.#bus.fanout.cohorts.sessionsMatching(channel.name);
      case 'time':
        // Times are in the order of offsets.
        return this.#known.lastOf(channel);
    }
  }
}

function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Sessions of a group are not counted: one may be subscribed to many of its channels. */
function groupKeyOf({ offset, count }: Group, sort: ChannelOrder): number {
  if (sort === 'rate') return count;
  return sort === 'time' ? offset : 0;
}

function orNull(offset: number): number | null {
  return offset === 0 ? null : offset;
}
