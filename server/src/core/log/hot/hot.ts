import { type FilterSet, ZerospanError } from '@zerospan/shared';
import { ZEROMQ_USER } from '../../sharing/fair-share.ts';
import type { DroppedEntry } from '../history.ts';
import type { Entry, Interest, Loss, Read } from '../log.ts';
import type { Placed } from '../text.ts';
import type { Channel } from './channel.ts';
import { Channels, type ComingCount } from './channels.ts';
import { Dropped } from './dropped.ts';
import type { About, Held } from './held.ts';
import { Lasts } from './lasts.ts';
import { UNKNOWN } from './loss-count.ts';
import { Moments } from './moments.ts';
import { Places } from './places.ts';
import { type Visit, Walk } from './walk.ts';

/**
 * What an entry costs beside its text: the headroom before that, its place in the columns and in its channel. Measured
 * 55 to 128, by how full the columns are and how many channels there are.
 */
export const ENTRY_OVERHEAD_BYTES = 128;

export interface HotBounds {
  /** Most bytes of entries, object overhead included. The newest entry stays whatever its size. */
  readonly bytes: number;
  /** Most bytes of last publications that outlive the other bounds; 0 keeps none. */
  readonly lastBytes: number;
  /** Most distinct channels of which something is held; a publication on one more is rejected. 0: no bound. */
  readonly channels?: number;
}

/** Channels that nothing is held of and that something is on its way for. */
export interface ComingChannels extends ComingCount {
  has(channel: string): boolean;
}

/**
 * The part of a log in memory: its newest entries, with an index by channel. Where no store is beneath, it is all there
 * is: it keeps last publications beyond its bounds, and knows what it let go of. Where one is, that one has what leaves
 * here.
 */
export class Hot {
  readonly #bounds: HotBounds;
  readonly #hasStore: boolean;
  readonly #places = new Places();
  readonly #channels: Channels;
  readonly #lasts: Lasts;
  readonly #dropped = new Dropped();
  readonly #moments: Moments;
  readonly #walk: Walk;
  /** Where no store is beneath: how many publications each held gap reports; null when unknown. */
  readonly #stands = new Map<number, number | null>();
  #bytes = 0;
  #evictedUpTo: number;

  /** @param storedUpTo where a store beneath has everything up to this offset; left out: there is none */
  constructor(bounds: HotBounds, storedUpTo?: number) {
    this.#bounds = bounds;
    this.#hasStore = storedUpTo !== undefined;
    this.#evictedUpTo = storedUpTo ?? 0;
    this.#channels = new Channels(bounds.channels ?? 0);
    this.#lasts = new Lasts(bounds.lastBytes, ({ offset, channel }) => {
      this.#lose(offset, this.#channels.get(channel) as Channel);
    });
    this.#moments = new Moments(this.#hasStore ? undefined : 0);
    this.#walk = new Walk(this.#places, this.#channels, this.#lasts);
  }

  /**
   * Everything above this offset is here: where no store is beneath, beside what is held below as last publications.
   */
  get from(): number {
    return this.#evictedUpTo;
  }

  get count(): number {
    return this.#places.length + this.#lasts.count;
  }

  get bytes(): number {
    return this.#bytes + this.#lasts.bytes;
  }

  /** Those that the bound of bytes is for: last publications beyond it are not among them. */
  get boundedBytes(): number {
    return this.#bytes;
  }

  /** When the oldest entry was appended, by the log's `elapsed`; undefined: there is none. */
  get oldestMs(): number | undefined {
    const { length, first } = this.#places;
    return length === 0 ? undefined : this.#places.momentAt(first);
  }

  get channels(): number {
    return this.#channels.count;
  }

  /** All channels that it knows, those of which it holds nothing included. */
  get known(): Iterable<Channel> {
    return this.#channels.all;
  }

  channel(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** How many channels it holds something of. */
  get named(): number {
    return this.#channels.held;
  }

  /**
   * Steps to find losses, since the beginning: filters, dropped offsets, and look-ups of the filters that match their
   * channels.
   */
  get searched(): number {
    return this.#channels.searched + this.#dropped.searched;
  }

  /**
   * @throws ZerospanError `too-many-names` where these would be more channels than a user may make it hold
   */
  admit(channels: readonly string[], user: string, coming?: ComingChannels): void {
    const room = this.#channels.roomFor(user, coming);
    if (channels.length <= room) return;
    const added = channels.filter((channel) => !this.holds(channel) && !coming?.has(channel)).length;
    if (added > 0 && added > room) throw new ZerospanError('too-many-names');
  }

  /** Whether it holds something of a channel. */
  holds(channel: string): boolean {
    return this.#channels.get(channel)?.isHollow === false;
  }

  /**
   * The channel that a publication is about to be added to. Its last one, if that was kept beyond the others, is not
   * the last any more.
   */
  obtain(name: string, user: string): Channel {
    const known = this.#channels.get(name);
    const before = known?.publications.oldest;
    if (known && before !== undefined && before <= this.#evictedUpTo) {
      this.#lasts.remove(before);
      this.#lose(before, known);
    }
    // After that: a channel that held nothing else would be taken for one that holds nothing.
    return this.#channels.obtain(name, user);
  }

  /** The same for an upstream gap, which is no publication. */
  obtainForGap(name: string): Channel {
    return this.#channels.obtain(name, ZEROMQ_USER);
  }

  /**
   * Adds the next publication, whose offset follows that of the entry before, and gives it its place in its channel.
   * @param atMs when it is appended, by the log's `elapsed`
   */
  add(about: About, placed: Placed, channel: Channel, atMs: number): void {
    this.#places.push(about, placed, channel, atMs);
    channel.push(about.kind, about.offset);
    if (about.kind === 'publication') this.#channels.published(channel);
    this.#moments.passed(atMs, about.offset);
    this.#bytes += costOf(placed.textBytes);
  }

  /** The same for an upstream gap. @param stands how many publications it reports; null when unknown */
  addGap(about: About, placed: Placed, channel: Channel, atMs: number, stands: number | null): void {
    if (!this.#hasStore) this.#stands.set(about.offset, stands);
    this.add(about, placed, channel, atMs);
  }

  /** How many entries lie above an offset, beside last publications. */
  above(offset: number): number {
    return this.#places.end - this.#places.firstAbove(offset);
  }

  /** Drops what is over the bound of bytes, and what was appended before this moment. */
  expire(keepMs: number): void {
    const places = this.#places;
    while (places.length > 1 && this.#bytes > this.#bounds.bytes) this.#evict();
    while (places.length > 0 && places.momentAt(places.first) < keepMs) this.#evict();
  }

  /** The store beneath has dropped everything up to an offset. */
  droppedUpTo(offset: number): void {
    const places = this.#places;
    while (places.length > 0 && places.offsetAt(places.first) <= offset) this.#evict();
    this.#evictedUpTo = Math.max(this.#evictedUpTo, offset);
  }

  /** An offset below every entry of a moment or later; undefined where a store beneath has to be asked. */
  before(elapsedMs: number): number | undefined {
    const place = this.#places.firstFrom(elapsedMs);
    if (place > this.#places.first) return this.#places.offsetAt(place - 1);
    return this.#moments.before(elapsedMs);
  }

  /** The same for a time, by the entries' own times. */
  beforeTime(time: number): number | undefined {
    const place = this.#places.firstAt(time);
    if (place > this.#places.first) return this.#places.offsetAt(place - 1);
    return this.#hasStore ? undefined : this.#lasts.before(time);
  }

  /** When the entry of an offset was appended, in ms since 1970; undefined: it is not here. */
  timeAt(offset: number): number | undefined {
    const place = this.#places.find(offset);
    return place === undefined ? this.#lasts.at(offset)?.time : this.#places.timeAt(place);
  }

  /** See {@link Walk.forwards}. */
  forwards(after: number, filters: Iterable<FilterSet>, scan: number, visit: Visit): boolean {
    return this.#walk.forwards(after, filters, scan, visit);
  }

  /** See {@link Walk.backwards}. */
  backwards(upTo: number, after: number, filter: FilterSet, scan: number, visit: Visit): boolean {
    return this.#walk.backwards(upTo, after, filter, scan, visit);
  }

  /** Whether an entry belongs to the last n of its channel: is one of them, or a gap behind the first of them. */
  isAmongLast(
    { offset, channel }: Pick<Entry, 'offset' | 'channel'>,
    { n, asOf }: NonNullable<Read['last']>,
  ): boolean {
    if (offset > asOf) return true;
    const after = this.#channels.get(channel)?.publications.between(offset, asOf);
    return after !== undefined && after < n;
  }

  /**
   * Whether no publication of its channel is newer. A channel that was forgotten, of which only a store beneath has
   * something, may have a newer one there.
   */
  isNewest({ offset, channel }: Pick<Entry, 'offset' | 'channel'>): boolean {
    return (this.#channels.get(channel)?.newest ?? offset) <= offset;
  }

  /** Where no store is beneath: see {@link Channels.mayLackLast}. */
  mayLackLast(filter: FilterSet): boolean {
    return this.#channels.mayLackLast(filter);
  }

  /** Where no store is beneath: see {@link Dropped.at}. */
  droppedAt(offset: number): DroppedEntry | undefined {
    return this.#dropped.at(offset);
  }

  /** What each `Interest` has lost, where no store is beneath. */
  losses<W extends Interest>(after: number, interests: readonly W[]): Loss<W>[] {
    if (after >= this.#channels.lostUpTo) return [];
    const asked = interests.map((interest) => ({
      interest,
      from: Math.max(after, interest.after, interest.reportedUpTo ?? 0),
    }));
    const lost = this.#channels.lostBy(asked);
    const counts = this.#dropped.counts(lost);
    return lost.map(({ interest, to }, i) => {
      const { first, missed } = counts[i] ?? UNKNOWN;
      return { interest, first, to, missed };
    });
  }

  /** The oldest entry leaves: to a store, or lost to its channel, or kept if it is the channel's last publication. */
  #evict(): void {
    const places = this.#places;
    const place = places.first;
    const offset = places.offsetAt(place);
    const channel = places.channelAt(place);
    this.#bytes -= costOf(places.bytesAt(place));
    this.#evictedUpTo = offset;
    if (this.#hasStore) {
      this.#channels.pass(channel, places.isGapAt(place) ? 'gap' : 'publication');
    } else if (places.isGapAt(place)) {
      this.#dropped.lostGap(offset, channel.name, this.#stands.get(offset) ?? null);
      this.#stands.delete(offset);
      this.#channels.lose(channel, { kind: 'gap', offset });
    } else if (channel.publications.length > 1 || this.#bounds.lastBytes === 0) {
      this.#dropped.lost(offset, channel.name);
      this.#channels.lose(channel, { kind: 'publication', offset });
    } else this.#keep(places.at(place).apart(), channel);
    places.shift();
  }

  #keep(last: Held, { user }: Channel): void {
    this.#dropped.kept(last.offset);
    this.#lasts.add(last, costOf(last.textBytes), user);
  }

  /** A last publication that was kept is lost for good. */
  #lose(offset: number, channel: Channel): void {
    this.#dropped.lost(offset, channel.name);
    this.#channels.lose(channel, { kind: 'publication', offset });
  }
}

function costOf(textBytes: number): number {
  return textBytes + ENTRY_OVERHEAD_BYTES;
}
