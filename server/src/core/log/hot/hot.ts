import { EVERY_CHANNEL } from '@zerospan/shared';
import { NATIVE_USER } from '../../sharing/fair-share.ts';
import type { Entry, Loss, Read, Want } from '../log.ts';
import type { Placed } from '../text.ts';
import type { Channel } from './channel.ts';
import { Channels } from './channels.ts';
import { Dropped } from './dropped.ts';
import type { About, Held } from './held.ts';
import { Lasts } from './lasts.ts';
import { Places } from './places.ts';

/**
 * What an entry costs beside its text: the headroom before that, its place in the columns and in its channel. Measured
 * 55 to 128, by how full the columns are and how many channels there are.
 */
export const ENTRY_OVERHEAD_BYTES = 128;

/** Up to this many exact names a read goes by their channels; above, it looks through all entries. */
const NAMES_BY_INDEX = 64;

export interface HotBounds {
  /** Most bytes of entries, object overhead included. The newest entry stays whatever its size. */
  readonly bytes: number;
  /** Most bytes of last publications that outlive the other bounds; 0 keeps none. */
  readonly lastBytes: number;
  /** Most distinct channels of which something is held; a publication on one more is rejected. 0: no bound. */
  readonly channels?: number;
}

/**
 * What is held and what was let go of: the entries, dense by offset, the last publications beyond them, an index by
 * channel.
 */
export class Hot {
  readonly #bounds: HotBounds;
  readonly #places = new Places();
  readonly #channels: Channels;
  readonly #lasts: Lasts;
  readonly #dropped = new Dropped();
  /** How many publications each gap that is held tells of; null when nobody knows. */
  readonly #stands = new Map<number, number | null>();
  #bytes = 0;
  /** Offset of the newest entry that has left the places. */
  #evictedUpTo = 0;

  constructor(bounds: HotBounds) {
    this.#bounds = bounds;
    this.#channels = new Channels(bounds.channels ?? 0);
    this.#lasts = new Lasts(bounds.lastBytes, ({ offset, channel }) => {
      this.#lose(offset, this.#channels.get(channel) as Channel);
    });
  }

  get count(): number {
    return this.#places.length + this.#lasts.count;
  }

  get bytes(): number {
    return this.#bytes + this.#lasts.bytes;
  }

  get channels(): number {
    return this.#channels.count;
  }

  /** How many channels it holds something of. */
  get named(): number {
    return this.#channels.held;
  }

  /** Looks for losses, since the beginning: filters, dropped offsets, and what finds the wants of their channels. */
  get searched(): number {
    return this.#channels.searched + this.#dropped.searched;
  }

  /** How many more channels it may hold something of for a user. */
  roomFor(user: string): number {
    return this.#channels.roomFor(user);
  }

  /** Whether it holds something of a channel. */
  holds(channel: string): boolean {
    return this.#channels.get(channel)?.isHollow === false;
  }

  /** Offset of the oldest entry that is held by age and bytes; undefined when there is none. */
  get oldest(): number | undefined {
    return this.#places.length > 0 ? this.#places.offsetAt(this.#places.first) : undefined;
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
    return this.#channels.obtain(name, NATIVE_USER);
  }

  /**
   * Adds the next publication, whose offset follows that of the entry before, and gives it its place in its channel.
   * @param atMs when it is appended, by the log's `elapsed`
   */
  add(about: About, placed: Placed, channel: Channel, atMs: number): void {
    this.#places.push(about, placed, channel, atMs);
    channel.push(about.kind, about.offset);
    this.#bytes += costOf(placed.textBytes);
  }

  /** The same for an upstream gap. @param stands how many publications it tells of; null when nobody knows */
  addGap(about: About, placed: Placed, channel: Channel, atMs: number, stands: number | null): void {
    this.#stands.set(about.offset, stands);
    this.add(about, placed, channel, atMs);
  }

  /** Drops what is over the bound of bytes, and what was appended before this moment. */
  expire(keepMs: number): void {
    const places = this.#places;
    while (places.length > 1 && this.#bytes > this.#bounds.bytes) this.#evict();
    while (places.length > 0 && places.momentAt(places.first) < keepMs) this.#evict();
  }

  /** Offset of the entry before the first one of a moment or later; undefined unless an earlier entry is held. */
  before(elapsedMs: number): number | undefined {
    const place = this.#places.firstFrom(elapsedMs);
    return place > this.#places.first ? this.#places.offsetAt(place - 1) : undefined;
  }

  /**
   * Visits the entries above an offset in order, all or (for a few exact names) those of their channels; false if
   * `visit` broke off.
   */
  each(after: number, wants: readonly Want[], scan: number, visit: (entry: Held) => boolean): boolean {
    const names = exactNames(wants);
    if (names) {
      return this.#eachOf(names, after, scan, visit);
    }
    if (!this.#lasts.each(after, visit)) return false;
    const { end } = this.#places;
    for (let place = this.#places.firstAbove(after); place < end; place++) {
      if (!visit(this.#places.at(place))) return false;
    }
    return true;
  }

  /**
   * As many of each channel as fill a scan together, up to where the first of them is cut short: what lies behind that
   * is for the next read. So a scan costs what it may look at, however many the channels.
   */
  #eachOf(names: Set<string>, after: number, scan: number, visit: (entry: Held) => boolean): boolean {
    // A gap may stand for every channel.
    if (this.#channels.get(EVERY_CHANNEL)) names.add(EVERY_CHANNEL);
    const each = Math.ceil(scan / Math.max(names.size, 1)) + 1;
    let upTo = Number.POSITIVE_INFINITY;
    const offsets = [...names].flatMap((name) => {
      const line = this.#channels.get(name)?.above(after, each) ?? [];
      // There may be more of it: nothing above its last one may be answered now.
      if (line.length >= each) upTo = Math.min(upTo, line.at(-1) ?? upTo);
      return line;
    });
    if (names.size > 1) offsets.sort((a, b) => a - b);
    for (const offset of offsets) {
      if (offset > upTo) return false;
      const place = this.#places.find(offset);
      const entry = place === undefined ? this.#lasts.at(offset) : this.#places.at(place);
      if (entry && !visit(entry)) return false;
    }
    return upTo === Number.POSITIVE_INFINITY;
  }

  /** Whether an entry belongs to the last n of its channel: is one of them, or a gap behind the first of them. */
  isAmongLast({ offset, channel }: Entry, { n, asOf }: NonNullable<Read['last']>): boolean {
    if (offset > asOf) return true;
    const after = this.#channels.get(channel)?.publications.between(offset, asOf);
    return after !== undefined && after < n;
  }

  /** Whether no publication of its channel is newer. */
  isNewest({ offset, channel }: Entry): boolean {
    return this.#channels.get(channel)?.publications.newest === offset;
  }

  losses<W extends Want>(after: number, wants: readonly W[]): Loss<W>[] {
    if (after >= this.#channels.lostUpTo) return [];
    const asked = wants.map((want) => ({ want, from: Math.max(after, want.after, want.toldUpTo ?? 0) }));
    const lost = this.#channels.lostBy(asked);
    const missed = this.#dropped.counts(lost);
    return lost.map(({ want, to }, i) => ({ want, to, missed: missed[i] ?? null }));
  }

  /** The oldest entry leaves: lost to its channel, or kept if it is the channel's last publication. */
  #evict(): void {
    const places = this.#places;
    const place = places.first;
    const offset = places.offsetAt(place);
    const channel = places.channelAt(place);
    this.#bytes -= costOf(places.bytesAt(place));
    this.#evictedUpTo = offset;
    if (places.isGapAt(place)) {
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

/** The channels of wants that have no prefix, if there are few; else undefined. */
function exactNames(wants: readonly Want[]): Set<string> | undefined {
  const names = new Set<string>();
  for (const { filter } of wants) {
    if (filter.prefixes.length > 0) return undefined;
    for (const channel of filter.channels) names.add(channel);
    if (names.size > NAMES_BY_INDEX) return undefined;
  }
  return names;
}
