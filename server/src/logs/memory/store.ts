import type { Entry, Loss, Read, Want } from '../../core/log/log.ts';
import type { Channel } from './channel.ts';
import { Channels } from './channels.ts';
import { Dropped } from './dropped.ts';
import type { Held } from './held.ts';
import { Lasts } from './lasts.ts';
import { Ring } from './ring.ts';

/** What an entry costs beside its frame: its object, its places in the ring and in its channel; generously. */
export const ENTRY_OVERHEAD_BYTES = 350;

/** Up to this many exact names a read goes by their channels; above, it looks through all entries. */
const NAMES_BY_INDEX = 64;

/** More dropped offsets than these are not looked through in one read, for all its wants together: how many were lost is not told then. */
const LOOK_MOST = 1_000_000;

export interface StoreBounds {
  /** Most bytes of entries, object overhead included. The newest entry stays whatever its size. */
  readonly bytes: number;
  /** Most bytes of last publications that outlive the other bounds; 0 keeps none. */
  readonly lastBytes: number;
}

/** What is held and what was let go of: one ring of entries, dense by offset, the last publications beyond it, an index by channel. */
export class Store {
  readonly #bounds: StoreBounds;
  readonly #ring = new Ring<Held>();
  readonly #channels = new Channels();
  readonly #lasts: Lasts;
  readonly #dropped = new Dropped();
  #bytes = 0;

  constructor(bounds: StoreBounds) {
    this.#bounds = bounds;
    this.#lasts = new Lasts(bounds.lastBytes);
  }

  get count(): number {
    return this.#ring.length + this.#lasts.count;
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

  /** Whether it holds something of a channel. */
  holds(channel: string): boolean {
    return this.#channels.get(channel)?.isHollow === false;
  }

  /** The oldest entry that is held by age and bytes. */
  get oldest(): Held | undefined {
    return this.#ring.at(0);
  }

  /** Adds the next entry, whose offset follows that of the one before, and gives it its place in its channel. */
  add(held: Held): void {
    const channel = this.#channelFor(held.kind, held.channel);
    held.nth = channel.published + (held.kind === 'publication' ? 1 : 0);
    // The one string that all entries of a channel share: what came with this one may be a slice of a whole message.
    held.channel = channel.name;
    held.home = channel;
    this.#ring.push(held);
    channel.push(held);
    this.#bytes += costOf(held);
  }

  /** Drops what is over the bound of bytes, and what is older than this. */
  expire(keepMs: number): void {
    while (this.#ring.length > 1 && this.#bytes > this.#bounds.bytes) this.#evict();
    for (let oldest = this.oldest; oldest && oldest.time < keepMs; oldest = this.oldest) this.#evict();
  }

  /** Offset of the entry before the first one of a time or later; the oldest entry must be before that time. */
  before(timeMs: number): number {
    const place = this.#ring.firstWhere((entry) => entry.time >= timeMs);
    return (this.oldest?.offset ?? 0) + place - 1;
  }

  /** Visits the entries above an offset in order, all or (for a few exact names) those of their channels; false if `visit` broke off. */
  each(after: number, wants: readonly Want[], scan: number, visit: (entry: Held) => boolean): boolean {
    const names = exactNames(wants);
    if (names) {
      return this.#eachOf(names, after, scan, visit);
    }
    if (!this.#lasts.each(after, visit)) return false;
    const { oldest } = this;
    if (!oldest) return true;
    for (let place = Math.max(after + 1 - oldest.offset, 0); place < this.#ring.length; place++) {
      if (!visit(this.#ring.at(place) as Held)) return false;
    }
    return true;
  }

  /**
   * As many of each channel as fill a scan together, up to where the first of them is cut short: what lies behind that is for the next
   * read. So a scan costs what it may look at, however many the channels.
   */
  #eachOf(names: Set<string>, after: number, scan: number, visit: (entry: Held) => boolean): boolean {
    const each = Math.ceil(scan / Math.max(names.size, 1)) + 1;
    let upTo = Number.POSITIVE_INFINITY;
    const lists = [...names].flatMap((name) => {
      const list = this.#channels.get(name)?.above(after, each) ?? [];
      // There may be more of it: nothing above its last one may be answered now.
      if (list.length >= each) upTo = Math.min(upTo, list.at(-1)?.offset ?? upTo);
      return list;
    });
    if (names.size > 1) lists.sort((a, b) => a.offset - b.offset);
    for (const entry of lists) if (entry.offset > upTo || !visit(entry)) return false;
    return upTo === Number.POSITIVE_INFINITY;
  }

  /** Whether an entry belongs to the last n of its channel: is one of them, or a gap behind the first of them. */
  isAmongLast(entry: Held, { n, asOf }: NonNullable<Read['last']>): boolean {
    if (entry.offset > asOf) return true;
    const channel = this.#channels.get(entry.channel);
    return channel !== undefined && entry.nth > channel.nthUpTo(asOf) - n;
  }

  /** Whether no publication of its channel is newer. */
  isNewest(entry: Entry): boolean {
    return this.#channels.get(entry.channel)?.publications.newest?.offset === entry.offset;
  }

  losses<W extends Want>(after: number, wants: readonly W[]): Loss<W>[] {
    if (after >= this.#channels.lostUpTo) return [];
    const asked = wants.map((want) => ({ want, from: Math.max(after, want.after, want.toldUpTo ?? 0) }));
    const lost = this.#channels.lostBy(asked);
    const most = LOOK_MOST / Math.max(lost.length, 1);
    return lost.map(({ want, from, to }) => ({
      want,
      to,
      missed: this.#dropped.count(want, from, to, most),
    }));
  }

  #channelFor(kind: Entry['kind'], name: string): Channel {
    const known = this.#channels.get(name);
    const kept = known?.publications.oldest;
    const { oldest } = this;
    // Its last publication, kept beyond the ring, is not the last any more.
    if (kind === 'publication' && known && kept && (!oldest || kept.offset < oldest.offset))
      this.#dropLast(kept, known);
    return this.#channels.obtain(name);
  }

  /** The oldest entry leaves the ring: lost to its channel, or kept if it is the channel's last publication. */
  #evict(): void {
    const entry = this.#ring.shift();
    const channel = entry?.home;
    if (!entry || !channel) return;
    this.#bytes -= costOf(entry);
    const isLast = entry.kind === 'publication' && channel.publications.length === 1;
    if (!isLast || this.#bounds.lastBytes === 0) {
      this.#dropped.lost(entry);
      this.#channels.lose(channel, entry);
      return;
    }
    const kept = entry.apart();
    channel.publications.replaceOldest(kept);
    this.#dropped.kept(kept);
    this.#lasts.add(kept, costOf(kept));
    for (let gone = this.#lasts.surplus(); gone; gone = this.#lasts.surplus()) {
      this.#dropLast(gone, this.#channels.get(gone.channel) as Channel);
    }
  }

  #dropLast(entry: Held, channel: Channel): void {
    this.#lasts.remove(entry, costOf(entry));
    this.#dropped.lost(entry);
    this.#channels.lose(channel, entry);
  }
}

function costOf(entry: Entry): number {
  return entry.frameBytes + ENTRY_OVERHEAD_BYTES;
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
