import { randomUUID } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import { publicationFrame } from '../../core/log/frame.ts';
import type { Append, Appended, Chunk, Entry, Log, Loss, Read, Want } from '../../core/log/log.ts';
import { wanted } from '../../core/log/matching.ts';
import type { Channel, Held } from './channel.ts';
import { Channels } from './channels.ts';
import { Dropped } from './dropped.ts';
import { Lasts } from './lasts.ts';
import { REMEMBERED, type RememberedBounds, RememberedPuts } from './remembered.ts';
import { Ring } from './ring.ts';
import { Times } from './times.ts';

export interface MemoryLogOptions {
  readonly clock: Clock;
  /** Most bytes of entries, object overhead included. The newest entry stays whatever its size. */
  readonly bytes: number;
  /** Oldest age of an entry in ms; 0 means no bound. */
  readonly ageMs: number;
  /** Most bytes of last publications that outlive the other bounds; 0 keeps none. */
  readonly lastBytes: number;
  /** How many puts are remembered in case they are sent again. */
  readonly puts?: RememberedBounds;
  /** A new one at every start, because offsets begin at 1 again. */
  readonly epoch?: string;
}

/** What an entry costs beside its frame: its object, its Buffer's object, its places in the ring and in its channel. */
export const ENTRY_OVERHEAD_BYTES = 350;

/** Up to this many exact names a read goes by their channels; above, it looks through all entries. */
const NAMES_BY_INDEX = 64;

/** The log in memory: one ring of entries, dense by offset, and an index by channel. */
export class MemoryLog implements Log {
  readonly epoch: string;
  readonly #options: MemoryLogOptions;
  readonly #entries = new Ring<Held>();
  readonly #channels = new Channels();
  readonly #lasts: Lasts;
  readonly #dropped = new Dropped();
  readonly #times = new Times();
  readonly #puts: RememberedPuts;
  readonly #listeners = new Set<(entry: Entry) => void>();
  #head = 0;
  #bytes = 0;
  #newestMs = 0;

  constructor(options: MemoryLogOptions) {
    this.#options = options;
    this.epoch = options.epoch ?? randomUUID();
    this.#lasts = new Lasts(options.lastBytes);
    this.#puts = new RememberedPuts(options.puts ?? REMEMBERED);
  }

  get head(): number {
    return this.#head;
  }

  get oldest(): number {
    this.expire();
    return this.#entries.at(0)?.offset ?? this.#head + 1;
  }

  /** Entries held, those that are only kept as the last of their channel included. */
  get count(): number {
    return this.#entries.length + this.#lasts.count;
  }

  /** Bytes held, as the bounds count them. */
  get bytes(): number {
    return this.#bytes + this.#lasts.bytes;
  }

  /** Puts that are remembered in case they are sent again. */
  get remembered(): number {
    return this.#puts.count;
  }

  /** Channels it knows of, those of which it holds nothing included. */
  get channels(): number {
    return this.#channels.count;
  }

  now(): number {
    this.#newestMs = Math.max(this.#newestMs, this.#options.clock.now());
    return this.#newestMs;
  }

  // Not `async`: a put that is not awaited must have its place in the log when the call returns.
  append(entry: Append): Promise<Appended> {
    try {
      return Promise.resolve(this.#append(entry));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  read<W extends Want>({ after, wants, last, toldUpTo = 0, scan, bytes }: Read<W>): Promise<Chunk<W>> {
    this.expire();
    const entries: Held[] = [];
    let upTo = after;
    let scanned = 0;
    let taken = 0;
    const visit = (entry: Held): boolean => {
      if (scanned >= scan) return false;
      if (wanted(entry, wants) && (!last || this.#isAmongLast(entry, last))) {
        if (taken > 0 && taken + entry.frame.length > bytes) return false;
        taken += entry.frame.length;
        entries.push(entry);
      }
      scanned++;
      upTo = entry.offset;
      return true;
    };
    if (this.#walk(after, wants, scan, visit)) upTo = Math.max(after, this.#head);
    return Promise.resolve({
      entries,
      upTo,
      losses: this.#losses(Math.max(after, toldUpTo, last?.asOf ?? 0), wants),
    });
  }

  offsetBefore(timeMs: number): Promise<number> {
    const first = this.#entries.at(0);
    if (!first || first.time >= timeMs) return Promise.resolve(this.#times.before(timeMs));
    const place = this.#entries.firstWhere((entry) => entry.time >= timeMs);
    return Promise.resolve(first.offset + place - 1);
  }

  follow(listener: (entry: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops what is over the bounds. It happens with every append and read; call it now and then on a quiet bus. */
  expire(): void {
    const { bytes, ageMs } = this.#options;
    while (this.#entries.length > 1 && this.#bytes > bytes) this.#evict();
    if (ageMs === 0) return;
    const keepMs = this.now() - ageMs;
    for (let oldest = this.#entries.at(0); oldest && oldest.time < keepMs; oldest = this.#entries.at(0))
      this.#evict();
  }

  #append(entry: Append): Appended {
    const { putKey, channels, payload, republish } = entry;
    const time = this.now();
    const before = putKey && this.#puts.find(putKey, entry, time);
    if (before) return before;
    const offsets = channels.map((name) => this.#add(name, time, payload, republish));
    const appended = { time, offsets };
    if (putKey) this.#puts.add(putKey, entry, appended);
    this.expire();
    return appended;
  }

  #add(name: string, time: number, payload: Uint8Array, republish: boolean): number {
    const channel = this.#channelFor(name);
    const offset = ++this.#head;
    const { frame, nativeAt } = publicationFrame(offset, time, name, payload);
    const entry: Held = {
      offset,
      time,
      channel: channel.name,
      frame,
      nativeAt,
      republish,
      nth: channel.next,
    };
    this.#times.passed(time, offset);
    this.#entries.push(entry);
    channel.push(entry);
    this.#bytes += costOf(entry);
    for (const listener of this.#listeners) listener(entry);
    return offset;
  }

  #channelFor(name: string): Channel {
    const known = this.#channels.get(name);
    const { oldest } = known ?? {};
    const first = this.#entries.at(0);
    // Its last publication, kept beyond the ring, is not the last any more.
    if (known && oldest && (!first || oldest.offset < first.offset)) this.#dropLast(oldest, known);
    return this.#channels.obtain(name);
  }

  /** The oldest entry leaves the ring: lost to its channel, or kept if it is the channel's last. */
  #evict(): void {
    const entry = this.#entries.shift();
    const channel = entry && this.#channels.get(entry.channel);
    if (!entry || !channel) return;
    this.#bytes -= costOf(entry);
    if (channel.length > 1 || this.#options.lastBytes === 0) {
      this.#dropped.passed(entry.offset, channel.name);
      this.#channels.lose(channel);
      return;
    }
    // A copy of its own: the buffer that it was appended in holds its neighbours' bytes as well.
    const kept = { ...entry, frame: Buffer.from(Uint8Array.from(entry.frame).buffer) };
    channel.replaceOldest(kept);
    this.#dropped.passed(kept.offset, undefined);
    this.#lasts.add(kept, costOf(kept));
    for (let gone = this.#lasts.surplus(); gone; gone = this.#lasts.surplus()) {
      this.#dropLast(gone, this.#channels.get(gone.channel) as Channel);
    }
  }

  #dropLast(entry: Held, channel: Channel): void {
    this.#lasts.remove(entry, costOf(entry));
    this.#dropped.lost(entry.offset, channel.name);
    this.#channels.lose(channel);
  }

  /** Visits the entries above an offset in order, all or (for a few exact names) those of their channels; false if `visit` broke off. */
  #walk(after: number, wants: readonly Want[], scan: number, visit: (entry: Held) => boolean): boolean {
    const names = exactNames(wants);
    if (names) {
      // One more than may be looked at, so that what is beyond is noticed.
      const lists = [...names].flatMap((name) => this.#channels.get(name)?.above(after, scan + 1) ?? []);
      if (names.size > 1) lists.sort((a, b) => a.offset - b.offset);
      return lists.every(visit);
    }
    if (!this.#lasts.each(after, visit)) return false;
    const first = this.#entries.at(0);
    if (!first) return true;
    for (let place = Math.max(after + 1 - first.offset, 0); place < this.#entries.length; place++) {
      if (!visit(this.#entries.at(place) as Held)) return false;
    }
    return true;
  }

  #isAmongLast(entry: Held, { n, asOf }: { n: number; asOf: number }): boolean {
    if (entry.offset > asOf) return true;
    const channel = this.#channels.get(entry.channel);
    return channel !== undefined && entry.nth > channel.nthUpTo(asOf) - n;
  }

  #losses<W extends Want>(after: number, wants: readonly W[]): Loss<W>[] {
    if (after >= this.#channels.lostUpTo) return [];
    return wants.flatMap((want) => {
      const from = Math.max(after, want.after);
      const to = this.#channels.lostBy(want, from);
      return to > from ? [{ want, to, missed: this.#dropped.count(want, from, to) }] : [];
    });
  }
}

function costOf(entry: Entry): number {
  return entry.frame.length + ENTRY_OVERHEAD_BYTES;
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
