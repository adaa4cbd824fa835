import { randomUUID } from 'node:crypto';
import { type Clock, ZerospanError } from '@zerospan/shared';
import { type About, Held } from '../../core/log/hot/held.ts';
import { Hot, type HotBounds } from '../../core/log/hot/hot.ts';
import { Moments } from '../../core/log/hot/moments.ts';
import { Slabs } from '../../core/log/hot/slabs.ts';
import type { Append, Appended, AppendGap, Chunk, Entry, Log, Read, Want } from '../../core/log/log.ts';
import { REMEMBERED, type RememberedBounds, RememberedPuts } from '../../core/log/puts/remembered.ts';
import { Selection } from '../../core/log/selection.ts';
import { type Placed, placeGap, placePublication } from '../../core/log/text.ts';
import { NATIVE_USER } from '../../core/sharing/fair-share.ts';

export { ENTRY_OVERHEAD_BYTES } from '../../core/log/hot/hot.ts';
export { REMEMBERED } from '../../core/log/puts/remembered.ts';

export interface MemoryLogOptions extends HotBounds {
  readonly clock: Clock;
  /** Oldest age of an entry in ms; 0 means no bound. */
  readonly ageMs: number;
  /** How many puts are remembered in case they are sent again. */
  readonly puts?: RememberedBounds;
  /** A new one at every start, because offsets begin at 1 again. */
  readonly epoch?: string;
}

/** The log in memory: gives places and times, remembers puts, and answers reads from what its hot part holds. */
export class MemoryLog implements Log {
  readonly epoch: string;
  readonly #clock: Clock;
  readonly #ageMs: number;
  readonly #hot: Hot;
  readonly #slabs = new Slabs();
  readonly #moments = new Moments();
  readonly #puts: RememberedPuts;
  readonly #listeners = new Set<(entry: Entry) => void>();
  #head = 0;
  #newestMs = 0;

  constructor(options: MemoryLogOptions) {
    this.#clock = options.clock;
    this.#ageMs = options.ageMs;
    this.epoch = options.epoch ?? randomUUID();
    this.#hot = new Hot(options);
    this.#puts = new RememberedPuts(options.puts ?? REMEMBERED);
  }

  get head(): number {
    return this.#head;
  }

  get oldest(): number {
    this.expire();
    return this.#hot.oldest ?? this.#head + 1;
  }

  /** Entries held, those that are only kept as the last of their channel included. */
  get count(): number {
    return this.#hot.count;
  }

  /** Bytes held, as the bounds count them. */
  get bytes(): number {
    return this.#hot.bytes;
  }

  /** Puts that are remembered in case they are sent again. */
  get remembered(): number {
    return this.#puts.count;
  }

  /** Puts that were forgotten before their time, because there were too many. */
  get forgotten(): number {
    return this.#puts.forgotten;
  }

  /** Channels it knows of, those of which it holds nothing included. */
  get channels(): number {
    return this.#hot.channels;
  }

  /** Channels that it holds something of: what `channels` of its bounds counts. */
  get named(): number {
    return this.#hot.named;
  }

  now(): number {
    this.#newestMs = Math.max(this.#newestMs, this.#clock.now());
    return this.#newestMs;
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  append(entry: Append): Appended {
    const { putKey, channels, payload, republish, origin, tally, user = NATIVE_USER } = entry;
    const time = this.now();
    const atMs = this.elapsed();
    const before = putKey && this.#puts.find(putKey, entry, atMs);
    if (before) return { ...before, again: true };
    this.#checkNames(channels, user);
    const offsets: number[] = [];
    for (const channel of channels) {
      const offset = ++this.#head;
      const placed = placePublication(this.#slabs, offset, time, channel, payload);
      // The one string that all entries of a channel share: what came with this one may be a slice of a whole message.
      const home = this.#hot.obtain(channel, user);
      const about: About = {
        kind: 'publication',
        offset,
        time,
        channel: home.name,
        republish,
        origin,
        tally,
      };
      this.#hot.add(about, placed, home, atMs);
      this.#tell(about, placed, atMs);
      offsets.push(offset);
    }
    const appended = { time, offsets };
    if (putKey) this.#puts.add(putKey, entry, appended, atMs);
    this.#expire(atMs);
    return appended;
  }

  appendGap({ channels, missed }: AppendGap): Appended {
    const time = this.now();
    const atMs = this.elapsed();
    const offsets = channels.map((channel) => {
      const offset = ++this.#head;
      const placed = placeGap(this.#slabs, { channel, epoch: this.epoch, from: offset, missed });
      const home = this.#hot.obtainForGap(channel);
      const about: About = { kind: 'gap', offset, time, channel: home.name, republish: false };
      this.#hot.addGap(about, placed, home, atMs, missed);
      this.#tell(about, placed, atMs);
      return offset;
    });
    this.#expire(atMs);
    return { time, offsets };
  }

  read<W extends Want>({ after, wants, last, scan, bytes }: Read<W>): Chunk<W> {
    this.expire();
    const selection = new Selection(wants, bytes, (entry) => this.#hot.isNewest(entry));
    let upTo = after;
    let scanned = 0;
    const visit = (entry: Held): boolean => {
      if (scanned >= scan) return false;
      const isDue = !last || this.#hot.isAmongLast(entry, last);
      if (isDue && !selection.take(entry)) return false;
      scanned++;
      upTo = entry.offset;
      return true;
    };
    if (this.#hot.each(after, wants, scan, visit)) upTo = Math.max(after, this.#head);
    const searchedBefore = this.#hot.searched;
    const losses = this.#hot.losses(Math.max(after, last?.asOf ?? 0), wants);
    return {
      entries: selection.entries,
      upTo,
      scanned,
      searched: this.#hot.searched - searchedBefore,
      losses,
      skips: selection.skips(),
    };
  }

  offsetBefore(elapsedMs: number): number {
    return this.#hot.before(elapsedMs) ?? this.#moments.before(elapsedMs);
  }

  follow(listener: (entry: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drops what is over the bounds. It happens with every append and read; call it now and then on a quiet bus. */
  expire(): void {
    this.#expire(this.elapsed());
  }

  #expire(nowMs: number): void {
    this.#hot.expire(this.#ageMs === 0 ? Number.NEGATIVE_INFINITY : nowMs - this.#ageMs);
  }

  /** What tells of a loss has room in any case. */
  #checkNames(channels: readonly string[], user: string): void {
    const room = this.#hot.roomFor(user);
    if (channels.length <= room) return;
    const added = channels.filter((channel) => !this.#hot.holds(channel)).length;
    if (added > 0 && added > room) throw new ZerospanError('too-many-names');
  }

  #tell(about: About, placed: Placed, atMs: number): void {
    this.#moments.passed(atMs, about.offset);
    const held = new Held(about, placed);
    for (const listener of this.#listeners) listener(held);
  }
}
