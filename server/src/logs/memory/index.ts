import { randomUUID } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import { Arrivals } from '../../core/log/arrivals.ts';
import type { DroppedEntry, History, Page, PageQuestion } from '../../core/log/history.ts';
import { Hot, type HotBounds } from '../../core/log/hot/hot.ts';
import type { Append, Appended, AppendGap, Chunk, Entry, Interest, Log, Read } from '../../core/log/log.ts';
import { LogCounts } from '../../core/log/meters.ts';
import { REMEMBERED, type RememberedBounds, RememberedPuts } from '../../core/log/puts/remembered.ts';
import { Catalog } from '../../core/log/reader/catalog.ts';
import { LogReader } from '../../core/log/reader/log-reader.ts';
import { ZEROMQ_USER } from '../../core/sharing/fair-share.ts';

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
  /** Called with what a follower throws. Default: it is an uncaught error of the process. */
  readonly onFailure?: (error: unknown) => void;
}

/** The log in memory: gives places and times, remembers puts, and answers reads from what its hot part holds. */
export class MemoryLog implements Log, History {
  readonly epoch: string;
  readonly begins = 0;
  readonly state = 'reachable';
  readonly atHand = 0;
  readonly counts: LogCounts;
  readonly catalog: Catalog;
  readonly #clock: Clock;
  readonly #ageMs: number;
  readonly #hot: Hot;
  readonly #arrivals: Arrivals;
  readonly #reader: LogReader;
  readonly #puts: RememberedPuts;
  #newestMs = 0;
  /** The time of day of the last append as the clock said it, and its moment by `elapsed`. */
  #said = { nowMs: Number.NaN, atMs: 0 };

  constructor(options: MemoryLogOptions) {
    this.#clock = options.clock;
    this.#ageMs = options.ageMs;
    this.epoch = options.epoch ?? randomUUID();
    this.#hot = new Hot(options);
    this.#arrivals = new Arrivals(this.#hot, this.epoch, options.onFailure);
    this.#reader = new LogReader({ hot: () => this.#hot, head: () => this.head });
    this.#puts = new RememberedPuts(options.puts ?? REMEMBERED);
    this.catalog = new Catalog(() => this.#hot);
    this.counts = new LogCounts(
      () => this.#hot,
      () => this.#puts,
    );
  }

  get head(): number {
    return this.#arrivals.head;
  }

  get droppedUpTo(): number {
    this.expire();
    return this.#hot.from;
  }

  entriesAbove(offset: number): number {
    return this.#hot.above(offset);
  }

  now(): number {
    return this.#noEarlier(this.#clock.now());
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  reaches(offset: number): boolean {
    return offset <= this.head;
  }

  append(entry: Append): Appended {
    const { putKey, channels, user = ZEROMQ_USER } = entry;
    const nowMs = this.#clock.now();
    const time = this.#noEarlier(nowMs);
    const atMs = this.#momentOf(nowMs);
    const before = putKey && this.#puts.find(putKey, entry, atMs);
    if (before) return { ...before, again: true };
    this.#hot.admit(channels, user);
    const offsets: number[] = [];
    for (const channel of channels) {
      const offset = this.#arrivals.head + 1;
      this.#arrivals.publication(offset, time, channel, entry, atMs);
      offsets.push(offset);
    }
    const appended = { time, offsets };
    if (putKey) this.#puts.add(putKey, entry, appended, atMs);
    this.#expire(atMs);
    return appended;
  }

  /** All is done when it returns. */
  take(entry: Append): boolean {
    this.append(entry);
    return false;
  }

  appendGap({ channels, missed }: AppendGap): Appended {
    const time = this.now();
    const atMs = this.elapsed();
    const offsets = channels.map((channel) => {
      const offset = this.#arrivals.head + 1;
      this.#arrivals.gap(offset, time, channel, missed, atMs);
      return offset;
    });
    this.#expire(atMs);
    return { time, offsets };
  }

  read<W extends Interest>(read: Read<W>): Chunk<W> {
    this.expire();
    return this.#reader.fromMemory(read);
  }

  page(question: PageQuestion): Promise<Page> {
    this.expire();
    return this.#reader.page(question);
  }

  offsetBefore(elapsedMs: number): number {
    return this.#hot.before(elapsedMs) ?? 0;
  }

  offsetBeforeTime(timeMs: number): Promise<number> {
    return Promise.resolve(this.#hot.beforeTime(timeMs) ?? 0);
  }

  droppedAt(offset: number): DroppedEntry | undefined {
    this.expire();
    return this.#hot.droppedAt(offset);
  }

  follow(listener: (entry: Entry) => void): () => void {
    return this.#arrivals.follow(listener);
  }

  /** Drops what is over the bounds. It happens with every append and read; call it now and then on a quiet bus. */
  expire(): void {
    this.#expire(this.elapsed());
  }

  /** Nothing of it outlives the process. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #noEarlier(nowMs: number): number {
    this.#newestMs = Math.max(this.#newestMs, nowMs);
    return this.#newestMs;
  }

  /** Appends within one ms of the time of day share their moment: asking for it each time is a tenth of an append. */
  #momentOf(nowMs: number): number {
    if (nowMs !== this.#said.nowMs) this.#said = { nowMs, atMs: this.elapsed() };
    return this.#said.atMs;
  }

  #expire(nowMs: number): void {
    this.#hot.expire(this.#ageMs === 0 ? Number.NEGATIVE_INFINITY : nowMs - this.#ageMs);
  }
}
