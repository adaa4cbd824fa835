import { EVERY_CHANNEL, type FilterSet, filterCount, isReserved, PrefixTree } from '@zerospan/shared';
import { FairQueue } from '../../sharing/fair-queue.ts';
import { FairShare } from '../../sharing/fair-share.ts';
import type { Entry, Interest } from '../log.ts';
import { Channel } from './channel.ts';

/** Channels of which nothing is held any more, but of which it is known how far they were dropped. */
const REMEMBERED_CHANNELS = 100_000;

/** How many channels wait at most until their losses are noted in the trees. */
const LATE_MOST = 1_024;

/** How many channels are on their way, in all and of a user. */
export interface ComingCount {
  readonly size: number;
  of(user: string): number;
}

/** An `Interest`, and the offset above which its losses are asked for. */
interface Asked<W extends Interest> {
  readonly interest: W;
  readonly from: number;
}

/** All channels that the log knows of, and how far each has lost what it had. */
export class Channels {
  /** Filters looked up for losses, since the beginning. */
  searched = 0;
  readonly #byName = new Map<string, Channel>();
  /**
   * The same by what their names begin with, each node with the highest `lostUpTo` below it. The server's own names are
   * apart: no wider prefix reaches them.
   */
  readonly #names = new PrefixTree<Channel>();
  readonly #reserved = new PrefixTree<Channel>();
  /**
   * Channels whose last losses the trees do not have yet. Most losses are never asked for: noting each at once was a
   * twentieth of what a publication cost.
   */
  #late: Channel[] = [];
  /** Channels that hold nothing, the longest so first. */
  readonly #hollow: FairQueue<Channel>;
  /** Channels that had publications, of which none is held. */
  readonly #drained = new Set<Channel>();
  /** The highest `lostUpTo` of all channels, and of those that have been forgotten. */
  #lostUpTo = 0;
  #forgottenUpTo = 0;
  /** Channels that something is held of, by who made the log hold it. */
  readonly #named: FairShare;

  /**
   * @param most channels that something may be held of; 0: unlimited
   * @param remembered channels that nothing is held of and that are remembered
   */
  constructor(most: number, remembered = REMEMBERED_CHANNELS) {
    this.#named = new FairShare(most);
    this.#hollow = new FairQueue(remembered, ({ value }) => this.#forget(value));
  }

  get count(): number {
    return this.#byName.size;
  }

  /** How many of them hold something. */
  get held(): number {
    return this.#named.taken;
  }

  /** How many more a user may make the log hold something of, beside those that are on their way. */
  roomFor(user: string, coming?: ComingCount): number {
    return this.#named.roomFor(user, coming && { own: coming.of(user), all: coming.size });
  }

  /** No channel has lost anything above this offset. */
  get lostUpTo(): number {
    return this.#lostUpTo;
  }

  get all(): Iterable<Channel> {
    return this.#byName.values();
  }

  get(name: string): Channel | undefined {
    return this.#byName.get(name);
  }

  /** The channel that an entry is about to be added to. */
  obtain(name: string, user: string): Channel {
    const known = this.#byName.get(name);
    if (known) {
      if (known.hollow) {
        this.#hollow.remove(known.hollow);
        known.hollow = undefined;
        this.#name(known, user);
      }
      return known;
    }
    // A forgotten loss may have been of this name: a gap too many is harmless, a missing one is a silent loss.
    const channel = new Channel(ownString(name), this.#forgottenUpTo);
    this.#byName.set(channel.name, channel);
    this.#name(channel, user);
    channel.place = this.#treeOf(channel.name).obtain(channel.name);
    channel.place.value = channel;
    channel.place.raise(channel.lostUpTo);
    return channel;
  }

  #name(channel: Channel, user: string): void {
    channel.user = user;
    this.#named.take(user);
  }

  /** A channel loses an entry for good: the oldest of its kind. */
  lose(channel: Channel, entry: Pick<Entry, 'kind' | 'offset'>): void {
    channel.drop(entry);
    if (!channel.isLate) {
      channel.isLate = true;
      this.#late.push(channel);
      if (this.#late.length >= LATE_MOST) this.#noteLate();
    }
    if (entry.kind === 'publication' && channel.publications.length === 0) this.#drained.add(channel);
    this.#lostUpTo = Math.max(this.#lostUpTo, channel.lostUpTo);
    this.#mayBeHollow(channel);
  }

  /** A channel has a new publication. */
  published(channel: Channel): void {
    if (this.#drained.size > 0) this.#drained.delete(channel);
  }

  /**
   * Whether a channel that a filter matches may have lost even its last publication. By prefixes it answers for all
   * channels: it costs the names of the filter, however many channels there are.
   */
  mayLackLast({ channels, prefixes }: FilterSet): boolean {
    if (this.#drained.size === 0 && this.#forgottenUpTo === 0) return false;
    return prefixes.length > 0 || channels.some((name) => this.#lacksLast(name));
  }

  #lacksLast(name: string): boolean {
    const channel = this.#byName.get(name);
    return channel === undefined ? this.#forgottenUpTo > 0 : this.#drained.has(channel);
  }

  /** The oldest entry of a kind leaves a channel, and a store beneath has it. */
  pass(channel: Channel, kind: Entry['kind']): void {
    channel.pass(kind);
    this.#mayBeHollow(channel);
  }

  #mayBeHollow(channel: Channel): void {
    if (!channel.isHollow) return;
    this.#named.release(channel.user);
    channel.hollow = this.#hollow.add(channel.user, 1, channel);
    this.#hollow.makeRoom(channel.user);
  }

  #forget(channel: Channel): void {
    const { name, lostUpTo, place } = channel;
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, lostUpTo);
    this.#byName.delete(name);
    this.#drained.delete(channel);
    // The places above it stay raised: not above `forgottenUpTo`, which holds for every prefix anyway.
    if (place) this.#treeOf(name).remove(place);
  }

  /**
   * Those of these `Interest`s that have lost something above `from`, and up to which offset. It costs their filters,
   * however many channels there are.
   */
  lostBy<W extends Interest>(asked: readonly Asked<W>[]): (Asked<W> & { readonly to: number })[] {
    this.#noteLate();
    return asked.flatMap((each) => {
      if (each.from >= this.#lostUpTo) return [];
      const to = this.#lostBy(each);
      return to > each.from ? [{ ...each, to }] : [];
    });
  }

  /** The newest first: the others then have their common beginnings raised already. */
  #noteLate(): void {
    for (let i = this.#late.length - 1; i >= 0; i--) {
      const channel = this.#late[i] as Channel;
      channel.isLate = false;
      channel.place?.raise(channel.lostUpTo);
    }
    this.#late = [];
  }

  #lostBy({ interest: { filter }, from }: Asked<Interest>): number {
    this.searched += filterCount(filter);
    let to = from < this.#forgottenUpTo && filter.prefixes.length > 0 ? this.#forgottenUpTo : 0;
    if (filterCount(filter) > 0) to = Math.max(to, this.#byName.get(EVERY_CHANNEL)?.lostUpTo ?? 0);
    for (const name of filter.channels) {
      to = Math.max(to, this.#byName.get(name)?.lostUpTo ?? this.#forgottenUpTo);
    }
    for (const prefix of filter.prefixes) {
      to = Math.max(to, this.#treeOf(prefix).under(prefix)?.highest ?? 0);
    }
    return to;
  }

  #treeOf(name: string): PrefixTree<Channel> {
    return isReserved(name) ? this.#reserved : this.#names;
  }
}

/**
 * The same name in memory of its own: cut out of a message, it would keep the whole message alive for as long as the
 * channel is known.
 */
function ownString(name: string): string {
  return Buffer.from(name).toString();
}
