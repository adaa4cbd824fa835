import type { Clock } from '@zerospan/shared';
import { nodeEndOfTurn, TimeSlicer } from '../time-slicer.ts';
import { type Arrivals, entryOf } from './arrivals.ts';
import type { History, Page, PageQuestion } from './history.ts';
import { Hot, type HotBounds } from './hot/hot.ts';
import { Slabs } from './hot/slabs.ts';
import type {
  Append,
  Appended,
  AppendGap,
  Chunk,
  Entry,
  Interest,
  Log,
  LogChange,
  LogState,
  Read,
  Taker,
} from './log.ts';
import { LogCounts } from './meters.ts';
import { OwnAppends } from './puts/own-appends.ts';
import { appendedAt } from './puts/own-records.ts';
import { REMEMBERED, type RememberedBounds, RememberedPuts } from './puts/remembered.ts';
import { Catalog } from './reader/catalog.ts';
import { LogReader } from './reader/log-reader.ts';
import { type Restored, restore } from './restoring.ts';
import type { OpenedStore, Scannable, Store, StoreChange, Stored, StoredEntry } from './store.ts';

/** How long the entries of reads from the store may hold the event loop before others have a turn. */
const READ_MS = 4;

/** Bounds of what memory holds of the log; `lastBytes` is the store's concern. */
export interface StoredLogOptions extends Omit<HotBounds, 'lastBytes'> {
  readonly clock: Clock;
  /** Oldest age of an entry in memory in ms; 0 means no bound. */
  readonly ageMs: number;
  /** How many puts are remembered in case they are sent again. */
  readonly puts?: RememberedBounds;
  /** Called with what a follower throws. Default: it is an uncaught error of the process. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * A log that a store keeps. Its newest entries are in memory as well. What is appended is seen by nobody before the
 * store has it: offsets, times and the order are the store's to give.
 */
export class StoredLog implements Log, History {
  #begins: number;
  #state: LogState;
  readonly counts: LogCounts;
  readonly catalog: Catalog;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ageMs: number;
  readonly #bounds: StoredLogOptions;
  readonly #arrivals: Arrivals;
  readonly #reader: LogReader;
  #puts: RememberedPuts;
  readonly #own: OwnAppends;
  #newestMs = 0;

  /** Opens a store, and takes its newest entries and its remembered puts into memory. */
  static async open(store: Store, options: StoredLogOptions): Promise<StoredLog> {
    // What others append meanwhile has to wait until what was there before has its places.
    const early: (Stored | StoreChange)[] = [];
    let log: StoredLog | undefined;
    const opened = await store.open({
      written: (stored) => {
        if (log) log.#written(stored);
        else early.push(stored);
      },
      // Of what others write, nobody here waits for an answer.
      appended: (record, place) => {
        if (log) log.#own.appended(record, place);
      },
      failed: (record, error) => {
        if (log) log.#own.failed(record, error);
      },
      droppedUpTo: (offset) => {
        if (log) log.#hot.droppedUpTo(offset);
      },
      changed: (change) => {
        if (log) log.#changed(change);
        else early.push(change);
      },
    });
    const { clock } = options;
    // Of this moment: puts are asked for later, and the time of day may be set meanwhile.
    const [nowMs, elapsedMs] = [clock.now(), clock.elapsed()];
    const momentOf = (time: number): number => elapsedMs - Math.max(nowMs - time, 0);
    log = new StoredLog(store, options, opened, await restore(store, opened, options, momentOf));
    log.#hot.droppedUpTo(store.droppedUpTo);
    for (const each of early) {
      if ('record' in each) log.#written(each);
      else log.#changed(each);
    }
    return log;
  }

  private constructor(
    store: Store,
    options: StoredLogOptions,
    { begins, state }: OpenedStore,
    { puts, arrivals }: Restored,
  ) {
    this.#begins = begins;
    this.#state = state;
    this.#store = store;
    this.#clock = options.clock;
    this.#ageMs = options.ageMs;
    this.#bounds = options;
    this.#puts = puts;
    this.#arrivals = arrivals;
    // Entries that are read live no longer than their reader: their slabs are not those of memory.
    const slabs = new Slabs();
    const beneath = {
      store: withoutOld(store),
      turns: new TimeSlicer(nodeEndOfTurn, READ_MS),
      entryOf: (stored: StoredEntry) => entryOf(stored, this.epoch, slabs),
    };
    this.catalog = new Catalog(
      () => arrivals.hot,
      () => store.droppedUpTo,
    );
    this.counts = new LogCounts(
      () => arrivals.hot,
      () => this.#puts,
    );
    this.#reader = new LogReader({ hot: () => arrivals.hot, beneath, head: () => this.head });
    this.#own = new OwnAppends(store, this, { hot: () => arrivals.hot, puts: () => this.#puts });
  }

  get epoch(): string {
    return this.#arrivals.epoch;
  }

  get begins(): number {
    return this.#begins;
  }

  get state(): LogState {
    return this.#state;
  }

  get head(): number {
    return this.#arrivals.head;
  }

  get droppedUpTo(): number {
    this.expire();
    return this.#store.droppedUpTo;
  }

  get atHand(): number {
    return this.#hot.from;
  }

  entriesAbove(offset: number): number {
    return this.#hot.above(offset);
  }

  now(): number {
    this.#newestMs = Math.max(this.#newestMs, this.#clock.now());
    return this.#newestMs;
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  reaches(offset: number): boolean | Promise<boolean> {
    const isReached = (): boolean => offset <= this.head;
    return isReached() || (this.#store.catchUp?.(offset).then(isReached) ?? false);
  }

  append(entry: Append): Appended | Promise<Appended> {
    return this.#own.append(entry);
  }

  take<E extends Append>(entry: E, taker: Taker<E>): boolean {
    this.#own.take(entry, taker);
    return true;
  }

  appendGap(gap: AppendGap): Promise<Appended> {
    return this.#own.appendGap(gap);
  }

  read<W extends Interest>(read: Read<W>): Chunk<W> | Promise<Chunk<W>> {
    this.expire();
    return this.#reader.read(read);
  }

  page(question: PageQuestion): Promise<Page> {
    this.expire();
    return this.#reader.page(question);
  }

  offsetBefore(elapsedMs: number): number | Promise<number> {
    const timeMs = this.now() - (this.elapsed() - elapsedMs);
    return this.#hot.before(elapsedMs) ?? this.#store.offsetBefore(timeMs);
  }

  async offsetBeforeTime(timeMs: number): Promise<number> {
    return this.#hot.beforeTime(timeMs) ?? this.#store.offsetBefore(timeMs);
  }

  /** Only the store knows what it drops, and does not say of single entries. */
  droppedAt(): undefined {
    return undefined;
  }

  follow(listener: (entry: Entry) => void, changed?: (change: LogChange) => void): () => void {
    return this.#arrivals.follow(listener, changed);
  }

  /** Drops what is over the bounds. It happens with every append and read; call it now and then on a quiet bus. */
  expire(): void {
    this.#store.expire();
    this.#expireHot(this.elapsed());
  }

  /** Closes the store. Nothing may be appended or read from then on. */
  close(): Promise<void> {
    return this.#store.close();
  }

  #written(stored: Stored): void {
    const { record, offset, time } = stored;
    this.#newestMs = Math.max(this.#newestMs, time);
    const atMs = this.elapsed();
    const { channels } = record;
    this.#own.written(record);
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i] as string;
      if (record.kind === 'gap') this.#arrivals.gap(offset + i, time, channel, record.missed, atMs);
      else this.#arrivals.publication(offset + i, time, channel, record, atMs);
    }
    if (record.kind === 'put' && record.key)
      this.#puts.keep(record.key, record.user, appendedAt(channels, stored), atMs);
    this.#expireHot(atMs);
  }

  #changed(change: StoreChange): void {
    if (change.kind === 'state') {
      this.#state = change.state;
      this.#arrivals.change(change);
      return;
    }
    const { kind, epoch, begins, head } = change;
    this.#begins = begins;
    this.#arrivals.begin(new Hot({ ...this.#bounds, lastBytes: 0 }, head), epoch, head);
    // Their offsets are of the epoch before; of those under way nobody knows what became of them.
    this.#puts = new RememberedPuts(this.#bounds.puts ?? REMEMBERED);
    this.#puts.forgetUpTo(this.elapsed());
    this.#arrivals.change({ kind, epoch });
  }

  get #hot(): Hot {
    return this.#arrivals.hot;
  }

  #expireHot(nowMs: number): void {
    this.#hot.expire(this.#ageMs === 0 ? Number.NEGATIVE_INFINITY : nowMs - this.#ageMs);
  }
}

/** What readers scan: a store that drops by and by would give what is too old to the first who asks after a while. */
function withoutOld(store: Store): Scannable {
  return {
    get droppedUpTo() {
      return store.droppedUpTo;
    },
    scan: (scan) => store.aging?.()?.then(() => store.scan(scan)) ?? store.scan(scan),
  };
}
