import type { FilterSet } from '@zerospan/shared';
import type { Order } from './history.ts';
import type { LogState, StateChange } from './log.ts';

/** What a put is known by in the store: enough to answer it again after a restart. */
export interface StoredKey {
  readonly client: string;
  readonly id: number;
  /** What makes two puts under one key the same. */
  readonly fingerprint: string;
  readonly isMobile: boolean;
}

/** One put, whole: its payload once, on all its channels. */
export interface PutRecord {
  readonly kind: 'put';
  /** At least one, each a good name, none twice. */
  readonly channels: readonly string[];
  /** Nobody writes to it until it is settled. */
  readonly payload: Uint8Array;
  readonly republish: boolean;
  /** For whose share of the log's bounds it counts. */
  readonly user: string;
  readonly key: StoredKey | undefined;
  /** As in `Append`; left out for most. */
  readonly fence?: number | undefined;
  /**
   * Whether all that the log promises is waited for; else `appended` SHOULD come as soon as it is written. A matter of
   * this process, which no store keeps. Default: true.
   */
  readonly needsPromise?: boolean;
}

/** What was lost upstream, on one channel or more. */
export interface GapRecord {
  readonly kind: 'gap';
  /** As in `AppendGap`. */
  readonly channels: readonly string[];
  readonly missed: number | null;
}

export type StoreRecord = PutRecord | GapRecord;

/** Where a record stands: the entry of its first channel has this offset, each further one the next number. */
export interface Placement {
  readonly offset: number;
  /** ms since 1970; never less than that of the record before. */
  readonly time: number;
}

/** What became of an append. */
export interface StoreAppended extends Placement {
  /** The key had been written before, by another node: this is where. */
  readonly again?: true;
}

/** A record in its place. */
export interface Stored extends Placement {
  readonly record: StoreRecord;
}

/** One entry of a record. */
export interface StoredEntry {
  readonly kind: 'publication' | 'gap';
  readonly offset: number;
  readonly time: number;
  readonly channel: string;
  readonly republish: boolean;
  /** Of a gap: empty. */
  readonly payload: Uint8Array;
  /** How many publications it stands for: a publication for 1; a gap for `null` where nobody knows. */
  readonly stands: number | null;
  readonly user: string;
}

/** Asks what of a filter was dropped above an offset. */
export interface DroppedQuestion {
  readonly filter: FilterSet;
  readonly from: number;
}

/** What of a filter was dropped. */
export interface DroppedAnswer {
  /** Offset of the first entry that was dropped; null: unknown. */
  readonly first: number | null;
  /** Offset of the newest entry that was dropped. */
  readonly to: number;
  /** How many publications that was, gaps counting what they stand for; null: unknown. */
  readonly missed: number | null;
}

/** Asks for the entries above `after`, up to and with `upTo`. */
export interface Scan {
  readonly order: Order;
  readonly after: number;
  readonly upTo: number;
  /** A hint: what no filter here lets through need not be answered. */
  readonly filter: FilterSet;
  /** A further hint: entries of channels for which it says no need not be answered. Left out: all are due. */
  readonly isDue?: ((channel: string) => boolean) | undefined;
  /** How many entries may be scanned; at least 1. */
  readonly entries: number;
  /** How many bytes of payloads may be answered; one entry is always allowed. */
  readonly bytes: number;
  /** What of these was dropped, as of the moment at which the entries are read. */
  readonly dropped: readonly DroppedQuestion[];
}

export interface Scanned {
  /** In the order asked for; also some that the hints would have left out. */
  readonly entries: readonly StoredEntry[];
  /**
   * How far it came: everything due between `after` and here is in `entries`; backwards, everything between here and
   * `upTo`. At the end it is `upTo`; backwards, `after`.
   */
  readonly reached: number;
  /** How many entries were scanned, `entries` of the question at most. */
  readonly scanned: number;
  /** An answer for each question, in order; undefined: nothing of it was dropped above its offset. */
  readonly dropped: readonly (DroppedAnswer | undefined)[];
  /** Work to answer these, in entries and filters checked. */
  readonly searched: number;
}

/** What changes of a store while it is open. */
export type StoreChange =
  | StateChange
  /** Offsets up to `head` are of before this epoch; clients of another one begin at `begins`. */
  | { readonly kind: 'epoch'; readonly epoch: string; readonly begins: number; readonly head: number };

export interface StoreListener {
  /** A record is in the store. */
  written(stored: Stored): void;
  /** All that was promised of an append holds. */
  appended(record: StoreRecord, place: StoreAppended): void;
  /** An append was rejected, or nobody knows what became of it: `outcome-unknown`. */
  failed(record: StoreRecord, error: unknown): void;
  /** Entries up to this offset were dropped. Some of them may be kept, each as the last publication of its channel. */
  droppedUpTo(offset: number): void;
  changed(change: StoreChange): void;
}

/** A put that the store remembers from before it was opened. */
export interface RestoredPut extends Placement {
  readonly key: StoredKey;
  readonly user: string;
  readonly channels: number;
}

/** The puts that a store remembers from before it was opened, oldest first. One is made when it is asked for. */
export interface RestoredPuts extends Iterable<RestoredPut> {
  /** Time of the newest, in ms since 1970; 0: there are none. */
  readonly newest: number;
  /** The number of those of whose times this holds; it holds of all later times as well. */
  count(isCounted: (time: number) => boolean): number;
  /** The newest of this client and id. */
  putOf(client: string, id: number): RestoredPut | undefined;
}

export interface OpenedStore {
  readonly epoch: string;
  /** As in `Log`. */
  readonly begins: number;
  readonly state: LogState;
  /** Offset of the newest entry; 0 when there is none. */
  readonly head: number;
  /**
   * Those of the last minutes, as far as they are known, oldest first. A list, where the store has them as objects
   * anyway, is taken over within the bound of what is remembered; the others MUST be within that bound.
   */
  readonly puts: RestoredPuts | readonly RestoredPut[];
  /** Time of the newest put whose key is not known any more; 0 when all are. */
  readonly forgottenUpTo: number;
}

/**
 * PORT: where a log keeps what does not fit into memory, or what has to outlive the process.
 * `test/contract/store.contract.ts` holds every implementation to these sentences. What is read by whom is not its
 * concern: that is `LogReader`, above it.
 *
 * - `open` MUST be called before anything else, and answers what the store holds from before.
 * - `append` MUST give the records of all calls places in the order of the calls, or in one order for all nodes where
 *   several write; all channels of a record or none; offsets that increase strictly and are at least 1. They need not
 *   be dense. It MUST NOT throw.
 * - `appended` or `failed` MUST be called once for each append, with the very object that it was given, and not before
 *   the call has returned: a promise for each record is a third of what it costs. `failed` MUST leave no trace, but for
 *   `outcome-unknown`, when the store cannot know.
 * - `appended` MUST be called only when what the log promises holds, unless nobody waits for that, and after `written`.
 * - `written` MUST be called for each record in the order of offsets, with the very object that `append` was given
 *   where it was given here, and MUST NOT be called before a restart of the process would find the record again.
 * - The same key MUST NOT be written twice within five minutes. The log above sees to that for its own puts; a store
 *   that several nodes write drops the second, in `written` and `scan` alike, and answers it with the first's place.
 * - A store that several nodes write drops a record whose fence does not stand where it is written, in `written` and
 *   `scan` alike, and fails it with a `Superseded`: for all nodes alike.
 * - `changed` MUST be called in order with `written`. Before another epoch, appends under way MUST have failed with
 *   `outcome-unknown`.
 * - `scan` MUST answer every entry that is due and held, in order. It MUST come further than where it began, unless
 *   nothing lies between. An entry that was dropped but is kept as the last of its channel is answered in its place.
 * - `scan` MUST answer what was dropped as of the moment at which it reads: what is dropped between the two would be
 *   missing without a word, or reported though it was given. MUST NOT report what nothing was dropped of.
 * - What is missing in the store, or cannot be read, MUST be answered: as dropped, or as a gap of every channel at an
 *   offset that it may have had, in `scan` as in `written`.
 * - `offsetBefore` MUST answer an offset below every entry of this time or later, and SHOULD answer the highest.
 * - `droppedUpTo` MUST be known at once. Everything above it is held.
 * - Once `close` has resolved, nothing is called any more, and everything answered is safe.
 */
export interface Store {
  /** Everything above this offset is held; 0: nothing was dropped. */
  readonly droppedUpTo: number;
  /** @param listener called from then on */
  open(listener: StoreListener): Promise<OpenedStore>;
  /** @param time of the log's clock. The store SHOULD give the time at which it writes the record, if that is later. */
  append(record: StoreRecord, time: number): void;
  scan(scan: Scan): Promise<Scanned>;
  /** @param time in ms since 1970 */
  offsetBefore(time: number): Promise<number>;
  /**
   * Left out: this process alone gives offsets. Resolves when everything up to an offset was handed over, where others
   * have given it. Rejects where that cannot be found out within two seconds. Where the store finds that it went back,
   * its epoch has changed.
   */
  catchUp?(offset: number): Promise<void>;
  /** Drops what is too old, at once or by and by. Called now and then, and before a read. */
  expire(): void;
  /**
   * Resolves when what is too old is dropped, or cannot be yet: a reader waits for it, and is given nothing that is too
   * old. Undefined: nothing has to be waited for. Left out: `expire` drops at once.
   */
  aging?(): Promise<void> | undefined;
  close(): Promise<void>;
}

/** What readers have of a store. */
export type Scannable = Pick<Store, 'droppedUpTo' | 'scan'>;
