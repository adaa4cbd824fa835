import { type Clock, ZerospanError } from '@zerospan/shared';
import { NATIVE_USER } from '../sharing/fair-share.ts';
import { type Arrivals, entryOf } from './arrivals.ts';
import type { History, Page, PageQuestion } from './history.ts';
import type { Hot, HotBounds } from './hot/hot.ts';
import { Slabs } from './hot/slabs.ts';
import type { Append, Appended, AppendGap, Chunk, Entry, Log, Read, Want } from './log.ts';
import { keyOf, type RememberedBounds, type RememberedPuts, storedKeyOf } from './puts/remembered.ts';
import { LogReader } from './reader/log-reader.ts';
import { type Restored, restore } from './restoring.ts';
import type {
  GapRecord,
  Placement,
  PutRecord,
  Store,
  Stored,
  StoredEntry,
  StoredKey,
  StoreRecord,
} from './store.ts';

/** Bounds of what memory holds of the log; `lastBytes` is the store's concern. */
export interface StoredLogOptions extends Omit<HotBounds, 'lastBytes'> {
  readonly clock: Clock;
  /** Oldest age of an entry in memory in ms; 0 means no bound. */
  readonly ageMs: number;
  /** How many puts are remembered in case they are sent again. */
  readonly puts?: RememberedBounds;
}

/** A put of this process on its way to the store, with what no store keeps. */
class OwnPut implements PutRecord {
  readonly kind = 'put';
  readonly channels: readonly string[];
  readonly payload: Uint8Array;
  readonly republish: boolean;
  readonly user: string;
  readonly key: StoredKey | undefined;
  readonly origin: string | undefined;
  readonly tally: Append['tally'];
  /** Its channels of which nothing was held when it was appended, until it is written. */
  coming: readonly string[] = [];

  constructor(entry: Append, key: StoredKey | undefined) {
    const { channels, payload, republish, user = NATIVE_USER, origin, tally } = entry;
    this.channels = channels;
    // The caller may write over its own before the store has come to it.
    this.payload = Buffer.from(payload);
    this.republish = republish;
    this.user = user;
    this.key = key;
    this.origin = origin;
    this.tally = tally;
  }
}

/** A put that is not answered yet. */
interface Pending {
  readonly fingerprint: string;
  readonly answer: Promise<Appended>;
}

/**
 * A log that a store keeps. Its newest entries are in memory as well. What is appended is seen by nobody before the
 * store has it: offsets, times and the order are the store's to give.
 */
export class StoredLog implements Log, History {
  readonly epoch: string;
  readonly begins = 0;
  readonly state = 'reachable';
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ageMs: number;
  readonly #hot: Hot;
  readonly #arrivals: Arrivals;
  readonly #reader: LogReader;
  readonly #puts: RememberedPuts;
  readonly #pending = new Map<string, Pending>();
  /** Channels that something is on its way for and nothing was held of, and how many puts bring each. */
  readonly #coming = new Map<string, number>();
  #newestMs = 0;

  /** Opens a store, and takes its newest entries and its remembered puts into memory. */
  static async open(store: Store, options: StoredLogOptions): Promise<StoredLog> {
    // What others append meanwhile has to wait until what was there before has its places.
    const early: Stored[] = [];
    let log: StoredLog | undefined;
    const opened = await store.open({
      written: (stored) => {
        if (log) log.#written(stored);
        else early.push(stored);
      },
      droppedUpTo: (offset) => {
        if (log) log.#hot.droppedUpTo(offset);
      },
    });
    const { clock } = options;
    const momentOf = (time: number): number => clock.elapsed() - Math.max(clock.now() - time, 0);
    log = new StoredLog(store, options, await restore(store, opened, options, momentOf));
    log.#hot.droppedUpTo(store.droppedUpTo);
    for (const stored of early) log.#written(stored);
    return log;
  }

  private constructor(store: Store, options: StoredLogOptions, { hot, puts, arrivals }: Restored) {
    this.epoch = arrivals.epoch;
    this.#store = store;
    this.#clock = options.clock;
    this.#ageMs = options.ageMs;
    this.#hot = hot;
    this.#puts = puts;
    this.#arrivals = arrivals;
    // Entries that are read live no longer than their reader: their slabs are not those of memory.
    const slabs = new Slabs();
    const beneath = { store, entryOf: (stored: StoredEntry) => entryOf(stored, this.epoch, slabs) };
    this.#reader = new LogReader({ hot, beneath, head: () => this.head });
  }

  get head(): number {
    return this.#arrivals.head;
  }

  get oldest(): number {
    this.expire();
    return this.#store.droppedUpTo + 1;
  }

  /** Entries in memory. */
  get count(): number {
    return this.#hot.count;
  }

  /** Bytes of these, as the bounds count them. */
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

  /** Channels it knows of. */
  get channels(): number {
    return this.#hot.channels;
  }

  /** Channels that it holds something of in memory. */
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

  append(entry: Append): Appended | Promise<Appended> {
    const { putKey, channels, user = NATIVE_USER } = entry;
    if (!putKey) {
      this.#hot.admit(channels, user, this.#coming);
      return this.#append(new OwnPut(entry, undefined));
    }
    const key = storedKeyOf(putKey, entry);
    const pending = this.#pending.get(keyOf(putKey));
    if (pending) {
      if (pending.fingerprint !== key.fingerprint) throw new ZerospanError('put-conflict');
      return pending.answer.then((appended) => ({ ...appended, again: true }));
    }
    const before = this.#puts.find(putKey, entry, this.elapsed());
    if (before) return before;
    this.#hot.admit(channels, user, this.#coming);
    const answer = this.#append(new OwnPut(entry, key));
    this.#pending.set(keyOf(key), { fingerprint: key.fingerprint, answer });
    const settled = (): unknown => this.#pending.delete(keyOf(key));
    answer.then(settled, settled);
    return answer;
  }

  appendGap({ channels, missed }: AppendGap): Promise<Appended> {
    return this.#placed({ kind: 'gap', channels, missed });
  }

  read<W extends Want>(read: Read<W>): Chunk<W> | Promise<Chunk<W>> {
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

  follow(listener: (entry: Entry) => void): () => void {
    return this.#arrivals.follow(listener);
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

  async #append(put: OwnPut): Promise<Appended> {
    this.#comes(put);
    try {
      return await this.#placed(put);
    } catch (error) {
      const isUnknown = error instanceof ZerospanError && error.code === 'outcome-unknown';
      if (put.key && isUnknown) this.#puts.keep(put.key, put.user, undefined, this.elapsed());
      this.#came(put);
      throw error;
    }
  }

  async #placed(record: PutRecord | GapRecord): Promise<Appended> {
    const { again, ...placement } = await this.#store.append(record, this.now());
    const appended = appendedOf(record, placement);
    return again ? { ...appended, again } : appended;
  }

  #written(stored: Stored): void {
    const { record, offset, time } = stored;
    this.#newestMs = Math.max(this.#newestMs, time);
    const atMs = this.elapsed();
    const { channels } = record;
    if (record instanceof OwnPut) this.#came(record);
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i] as string;
      if (record.kind === 'gap') this.#arrivals.gap(offset + i, time, channel, record.missed, atMs);
      else this.#arrivals.publication(offset + i, time, channel, record, atMs);
    }
    if (record.kind === 'put' && record.key)
      this.#puts.keep(record.key, record.user, appendedOf(record, stored), atMs);
    this.#expireHot(atMs);
  }

  /** Notes channels of a put that something was not held of. */
  #comes(put: OwnPut): void {
    put.coming = put.channels.filter((channel) => !this.#hot.holds(channel));
    for (const channel of put.coming) this.#coming.set(channel, (this.#coming.get(channel) ?? 0) + 1);
  }

  #came(put: OwnPut): void {
    const { coming } = put;
    put.coming = [];
    for (const channel of coming) {
      const left = (this.#coming.get(channel) ?? 1) - 1;
      if (left > 0) this.#coming.set(channel, left);
      else this.#coming.delete(channel);
    }
  }

  #expireHot(nowMs: number): void {
    this.#hot.expire(this.#ageMs === 0 ? Number.NEGATIVE_INFINITY : nowMs - this.#ageMs);
  }
}

function appendedOf({ channels }: StoreRecord, { offset, time }: Placement): Appended {
  return { time, offsets: channels.map((_, i) => offset + i) };
}
