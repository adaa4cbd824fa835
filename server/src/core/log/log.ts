import type { FilterSet } from '@zerospan/shared';

/**
 * What the log holds at one offset: a publication, or an upstream gap, which says that publications of its channel were
 * lost before they reached the log. Entries are shared and never changed after they were appended.
 */
export interface Entry {
  readonly kind: 'publication' | 'gap';
  readonly offset: number;
  /** ms since 1970; never less than that of the entry before. */
  readonly time: number;
  readonly channel: string;
  /** Bytes of `text`. */
  readonly textBytes: number;
  /**
   * `offset SP time SP channel SP payload`, written once: see `text.ts`; a gap's is its control message. A view that
   * may be allocated on each access: code that needs its length alone reads `textBytes`.
   */
  readonly text: Buffer;
  /**
   * Where in `text` `channel SP payload` begins: what ZeroMQ subscribers are sent. A gap has none; it is at its end.
   */
  readonly nativeAt: number;
  /** Whether it also goes out on the ZeroMQ side; a gap never does. */
  readonly republish: boolean;
  /** What its `append` gave, for those who follow the log; an entry that is read has none. */
  readonly origin?: string | undefined;
  /** The same: counts, in the turn in which fan-out takes the entry, the sessions of this process that match it. */
  readonly tally?: Tally | undefined;
  /**
   * The text, and in front of it this many bytes of its headroom. Every text MUST have `HEADROOM_BYTES` of it in its
   * memory, which belong to no other. A transport MAY write there, so that the text is sent without a copy; only one
   * transport of a process may, and only what follows from the text: what it wrote before may still wait for a socket.
   */
  withHeadroom(bytes: number): Buffer;
}

/**
 * Counts the sessions that match the entries of one append. A session is given an entry as an ordinary one if it
 * matches in the turn in which fan-out takes it: counted before the append, a session that subscribes during the append
 * would be given the entry and not be counted.
 */
export interface Tally {
  /** Fan-out takes an entry: called for each, in order. */
  take(entry: Entry): void;
  /** Nothing more is taken in this turn: filters may change, and sessions answer, before the next entry is taken. */
  pause(): void;
}

/** What a put is known by when its client sends it again. */
export interface PutKey {
  /** Who put it, over all connections of that client. */
  readonly client: string;
  readonly id: number;
  /**
   * It was sent before, at the first time not before this, by the log's `elapsed`. Left out: this is the first time.
   */
  readonly firstSentMs?: number | undefined;
  /**
   * Whether the client goes by its address: on another network, or by the other family of addresses, it sends the put
   * again as another user. Default: false.
   */
  readonly isMobile?: boolean | undefined;
}

export const LOG_STATES = ['reachable', 'away', 'full', 'failed'] as const;

/**
 * `away`: it has not answered for a while; what is appended waits for it. `full`: it is read and takes nothing more.
 * `failed`: it takes nothing, and may not answer at all.
 */
export type LogState = (typeof LOG_STATES)[number];

export interface StateChange {
  readonly kind: 'state';
  readonly state: LogState;
  /** Since when it has not answered, by `elapsed`. Left out: it does, or this change is the first sign of it. */
  readonly sinceMs?: number;
}

/** What changes of a log while it runs. */
export type LogChange =
  /** From now on it is another log: offsets of before mean nothing in it. */
  { readonly kind: 'epoch'; readonly epoch: string } | StateChange;

export interface Append {
  /**
   * For whose share of the log's bounds it counts: see `fair-share.ts`. Left out: what comes from ZeroMQ, as one user.
   */
  readonly user?: string | undefined;
  /** Left out for what is never sent again, such as a message from ZeroMQ. */
  readonly putKey?: PutKey | undefined;
  /** At least one, each a good name, none twice. */
  readonly channels: readonly string[];
  /**
   * One JSON text in UTF-8, checked by the caller. The log copies what it keeps; until it has answered, nobody may
   * write to it.
   */
  readonly payload: Uint8Array;
  readonly republish: boolean;
  /** Where it came from, if it went through another server before: handed to those who follow the log. */
  readonly origin?: string | undefined;
  /**
   * Of what several nodes may read from one source: which claim of which node it was read under. A log of several nodes
   * leaves it out, and fails it with a `Superseded`, where another claim on that source came before it.
   */
  readonly fence?: number | undefined;
  /** Left out where nobody asks for the count. A matter of this process, which no log keeps. */
  readonly tally?: Tally | undefined;
}

/** What was lost on its way to the log. */
export interface AppendGap {
  /**
   * At least one, each a good name, none twice. Each gets a gap entry of its own. `EVERY_CHANNEL` alone: one entry,
   * which every filter lets through.
   */
  readonly channels: readonly string[];
  /** How many publications were lost on each of them, from 1; null when nobody knows. */
  readonly missed: number | null;
}

export interface Appended {
  readonly time: number;
  /** One for each channel, in the order given. */
  readonly offsets: readonly number[];
  /** It had been appended before under its put key, and is only answered again. */
  readonly again?: true;
}

/** Receives what became of entries that were taken. */
export interface Taker<E extends Append = Append> {
  taken(entry: E): void;
  /** It was not appended, or nobody knows: `outcome-unknown`. */
  failed(entry: E, error: unknown): void;
}

/** One reader's interest: what the filter lets through, above an offset. */
export interface Interest {
  readonly filter: FilterSet;
  readonly after: number;
  /** Only the newest publication of each channel is due, as of now; gap entries all the same. Default: false. */
  readonly onlyNewest?: boolean;
  /** Its losses up to here have been reported, and are not reported again. Default: 0. */
  readonly reportedUpTo?: number;
}

export interface Read<W extends Interest = Interest> {
  /** Entries above this offset. */
  readonly after: number;
  /** An entry is answered if at least one of these matches it. */
  readonly interests: readonly W[];
  /**
   * Only the last `n` publications of each channel among those up to `asOf`, the gaps behind the first of these (all,
   * where there are fewer than n), and all above `asOf`.
   */
  readonly last?: { readonly n: number; readonly asOf: number } | undefined;
  /** How many entries may be scanned, whether they match or not; at least 1. */
  readonly scan: number;
  /** How many bytes of texts may be answered; one entry is always allowed. */
  readonly bytes: number;
}

export interface Chunk<W extends Interest = Interest> {
  /** What matches, by offset. */
  readonly entries: readonly Entry[];
  /** Everything up to here that matches is in `entries` or in `losses`: where a cursor may go. */
  readonly upTo: number;
  /** How many entries were scanned, as `Read.scan` counts them. */
  readonly scanned: number;
  /**
   * With `last`: a channel that an interest matches may have had publications up to `asOf` of which the log holds none.
   */
  readonly mayLackLast?: boolean;
  /** How many channels, and dropped offsets, were searched for losses: work that `Read.scan` does not bound. */
  readonly searched: number;
  /** What each `Interest` can no longer be given above `after`; empty in all but the rare case. */
  readonly losses: readonly Loss<W>[];
  /** What each `Interest` with `onlyNewest` was not given, in the order of `before`; empty in all but the rare case. */
  readonly skips: readonly Skip<W>[];
}

/** Publications in a row that an `Interest` with `onlyNewest` was not given, because their channels have newer ones. */
export interface Skip<W extends Interest = Interest> {
  readonly interest: W;
  readonly from: number;
  readonly to: number;
  readonly missed: number;
  /** They lie before this entry of the chunk; `entries.length` for those behind the last one. */
  readonly before: number;
}

export interface Loss<W extends Interest = Interest> {
  /** The very object that was given in `interests`. */
  readonly interest: W;
  /** Offset of the first entry that it lost; null: unknown. */
  readonly first: number | null;
  /** Offset of the newest entry that it lost. */
  readonly to: number;
  /** How many publications it lost, where that is known; a dropped gap entry counts as many as it reported. */
  readonly missed: number | null;
}

/**
 * PORT: the one log of a bus. `test/contract/log.contract.ts` holds every implementation to these sentences.
 *
 * - `append` MUST give the channels of one call consecutive places, calls in the order in which they were made, all or
 *   none, and MUST throw or reject without a trace when it cannot. One that has it done when the call returns SHOULD
 *   answer at once: a promise for each message is much of what it costs. Offsets MUST increase strictly; they need not
 *   be dense; the first is at least 1.
 * - `take` MUST append as `append` does, in one order with it: for what comes in masses, whose place nobody waits for.
 *   `taken` says that it is in the log, not that all holds which an answer to `append` promises. The answer says
 *   whether the entry is under way: then, and only then, its taker MUST be called once, after the call. It throws what
 *   is rejected at once.
 * - `append` MAY reject with a ZerospanError `too-many-names`, and without a trace, what would make it know more
 *   distinct channels than it may, in all or for this user. No user may exhaust what the others share: its puts MUST
 *   NOT make the log forget another user's while it holds more than its share.
 * - `append` with a `putKey` MUST append at most once in an epoch: the same key and content again MUST be answered with
 *   the same offsets. Other content under that key MUST be rejected with a ZerospanError `put-conflict`, and one that
 *   is sent again MUST be rejected with `outcome-unknown` if the log cannot know any more whether it was appended. Keys
 *   are remembered within bounds.
 * - `appendGap` MUST give each channel one entry of kind `gap`, as `append` does. It MUST be held, read, followed and
 *   lost like a publication, but MUST NOT count as one: the channel's last publication stays the last, and `last`
 *   counts publications alone. One for `EVERY_CHANNEL` MUST match every `Interest` that has a filter.
 * - `follow` MUST hand over the `origin` and the `tally` that its `append` gave, and all entries of one append in one
 *   turn. What `read` answers need not have them.
 * - `read` MUST answer in offset order and MUST NOT leave out a held entry that matches between `after` and `upTo`. It
 *   MUST move `upTo` above `after`, unless nothing is above `after`. With `last` it MAY look backwards first, and
 *   answer nothing until it knows where the last n begin; it MUST come to an end of that.
 * - `read` and `offsetBefore` MUST cover no less than was handed to followers when they were called, and SHOULD answer
 *   at once, without a promise, from memory: others have a turn only while they wait.
 * - `read` with `last` MUST say in `mayLackLast` where a channel that matches has lost even its last publication. It
 *   MAY say so without cause, where it does not know better.
 * - `read` MUST say in `scanned` how many entries it scanned, `scan` at most.
 * - `read` MUST report a skip for each publication that an `Interest` with `onlyNewest` was not given, counted once for
 *   each of these. An entry that matches an `Interest` without it is given to all.
 * - `read` MUST report a loss for each `Interest` that an entry above `after`, its own `after` and `reportedUpTo`, and
 *   `last.asOf` was dropped from, and MUST NOT report one for an `Interest` that lost nothing there. Where it knows the
 *   first that was lost it MUST say so: a session that skips ahead is sent a gap for what lies below alone.
 * - `follow` MUST hand over every entry appended from then on, in offset order, before its `append` has answered. It
 *   answers a function that ends it.
 * - `reaches` MUST answer whether it has given an offset as high as this one. A log that may lag behind others that
 *   give offsets MUST check, for two seconds at most; when it answers true, followers have been handed everything up to
 *   there. Where it finds that it went back, it MUST change its epoch before it answers.
 * - `offsetBefore` MUST answer an offset below every entry that was appended at that moment of `elapsed` or later.
 * - Ages and moments MUST be measured by `elapsed`: a clock that is set makes nothing older or younger.
 * - `epoch` MUST change when offsets could be given a second time, and only then. It MAY change while the log runs:
 *   followers MUST be called with the change when `epoch`, `begins` and `head` are the new ones, behind all entries of
 *   before. Appends under way MUST be rejected with `outcome-unknown`, and so MUST a put whose key was first sent
 *   before that and is not remembered.
 * - `state` MUST be `failed` while appends are rejected with `log-failed` and no change is in sight, and `full` while
 *   they are for lack of room; followers MUST be called when it changes. A log that others keep MUST say that it is
 *   `away`, or has failed, within two and a half seconds of their last answer.
 */
export interface Log {
  readonly epoch: string;
  /**
   * Where clients of another epoch begin. What lies below is of before this epoch, and only asked for by `last` and by
   * time.
   */
  readonly begins: number;
  readonly state: LogState;
  /** Offset of the newest entry; 0 when there is none. */
  readonly head: number;
  /** The log's clock, which gives entries their times: ms since 1970, never running backwards. */
  now(): number;
  /** What its ages are measured by, in ms: a clock that nobody sets. */
  elapsed(): number;
  /**
   * Everything above this offset is held; `head` when nothing is. Up to it last publications may be.
   */
  readonly droppedUpTo: number;
  /** Reads above this offset are answered at once, from memory; those from lower on may take long. 0: none does. */
  readonly atHand: number;
  /** How many entries lie above an offset, those in memory: offsets do not say, they may leave numbers out. */
  entriesAbove(offset: number): number;
  reaches(offset: number): boolean | Promise<boolean>;
  append(entry: Append): Appended | Promise<Appended>;
  take<E extends Append>(entry: E, taker: Taker<E>): boolean;
  appendGap(gap: AppendGap): Appended | Promise<Appended>;
  read<W extends Interest>(read: Read<W>): Chunk<W> | Promise<Chunk<W>>;
  offsetBefore(elapsedMs: number): number | Promise<number>;
  /** @param changed called with what changes of the log, in order with the entries */
  follow(listener: (entry: Entry) => void, changed?: (change: LogChange) => void): () => void;
}
