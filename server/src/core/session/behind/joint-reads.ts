import { filterCount, unionOf } from '@zerospan/shared';
import { FilterIndex } from '../../filter-index.ts';
import type { Chunk, Entry, Interest, Log } from '../../log/log.ts';
import { type EndOfTurn, TimeSlicer } from '../../time-slicer.ts';
import type { LogReads } from './log-reads.ts';
import { STEP } from './step.ts';

/**
 * Bounds of one joint read. It may answer more than the step of one session, though no more than the steps of all its
 * members: what a slow log has to scan for one channel is nearly the same for a thousand.
 */
export const JOINT = { scan: 16_000, bytes: 2 * 1024 * 1024, filters: 10_000, members: 1_024 } as const;

/**
 * While more ask in each turn, a read waits for them, this number of turns at most: those that were given something at
 * once ask again one after the other.
 */
const GATHERING_TURNS = 16;

/** A read is taken to go as many times as far as the one before, at most. */
const REACH = 2;

/** How long handing out answers may hold the event loop before others have a turn. */
const SLICE_MS = 4;

/**
 * Reads that may begin before one who waits comes first. Else the hindmost does, because it meets those ahead of it:
 * were all served in turn, each group that came by itself would walk the whole log by itself.
 */
export const JOINT_PATIENCE = 8;

/** While the log hangs, sessions may come, ask and go for ever: from this number on, those that have gone go here. */
const CHECKED_LEAST = 1_024;

/** What one asks of joint reads: all that a filter lets through above an offset. */
export interface JointAsk {
  readonly user: string;
  readonly interest: Interest;
  /** Whether anybody still waits for the answer. */
  readonly isWished: () => boolean;
  /** Called with the answer, soon after it has come: there may be more members than a turn has time for. */
  readonly use: (chunk: Chunk<Interest>) => void;
  /** Called once when the answer to the read that began for this one takes long, and may come yet. */
  readonly onSlow?: () => void;
}

/** A session that waits for a joint read. */
interface Member extends JointAsk {
  /** How many joint reads had begun when it asked. */
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** What of a joint read is for one member. */
interface Part {
  readonly after: number;
  readonly entries: Entry[];
  bytes: number;
  /** Everything up to here that matches is in it; its own step may end before the read does. */
  upTo: number;
}

/**
 * Reads of sessions that are behind where the log answers late. Each with a read of its own, a thousand clients that
 * come back would read a range of a disk a thousand times; here one read at a time serves all that wait and stand where
 * it begins or above. It begins where the hindmost stands, until it has met the others: see {@link JOINT_PATIENCE}.
 */
export class JointReads {
  readonly #reads: LogReads;
  readonly #endOfTurn: EndOfTurn;
  readonly #slicer: TimeSlicer;
  /** The longest waiting first. */
  #waiting: Member[] = [];
  /** How many wait when those are let go of again that nobody waits for. */
  #checkedAt = CHECKED_LEAST;
  /** Of the log: one more with each that takes the place of another. */
  #generation = 0;
  /** How far above the hindmost a member may stand: for one that is ahead of the read's end, it answers in vain. */
  #reach = Number.POSITIVE_INFINITY;
  #asks = 0;
  #begun = 0;
  #isRunning = false;
  #isScheduled = false;

  constructor(reads: LogReads, endOfTurn: EndOfTurn) {
    this.#reads = reads;
    this.#endOfTurn = endOfTurn;
    this.#slicer = new TimeSlicer(endOfTurn, SLICE_MS);
    reads.whenFree(() => this.#schedule());
  }

  /** How many wait for a read to begin. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Reads what a filter lets through above an offset, together with others. The answer may be empty and may end early:
   * it has moved on.
   * @returns resolves without an answer if nobody waits for it, or the log is another one; rejects with what the log
   * rejects with, or with `ReadTimeout`
   */
  ask(asked: JointAsk): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asks++;
      this.#waiting.push({ ...asked, since: this.#begun, resolve, reject });
      if (this.#waiting.length >= this.#checkedAt) this.#letGo();
      this.#schedule();
    });
  }

  /** The log is another one: who has asked is gone, and offsets of before mean nothing to it. */
  clear(): void {
    this.#generation++;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isRunning || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#gather(GATHERING_TURNS);
  }

  #gather(turns: number): void {
    const asks = this.#asks;
    this.#endOfTurn(() => {
      if (this.#asks > asks && turns > 1) return this.#gather(turns - 1);
      this.#isScheduled = false;
      this.#begin();
    });
  }

  /** Lets go of those that nobody waits for: what it costs is spread over as many as have come since. */
  #letGo(): void {
    const all = this.#waiting;
    this.#waiting = all.filter(({ isWished }) => isWished());
    for (const { isWished, resolve } of all) if (!isWished()) resolve();
    this.#checkedAt = Math.max(2 * this.#waiting.length, CHECKED_LEAST);
  }

  #begin(): void {
    this.#letGo();
    const first = this.#firstDue();
    if (!first) return;
    const members = this.#takeWith(first);
    const generation = this.#generation;
    const filter = unionOf(members.map(({ interest }) => interest.filter));
    const { after } = first.interest;
    const bounds = boundsFor(members.length);
    const question = (log: Log): Chunk<Interest> | Promise<Chunk<Interest>> =>
      log.read({ after, interests: [{ filter, after }], ...bounds });
    this.#begun++;
    this.#isRunning = true;
    let isCounted = true;
    const settled = (): void => {
      if (isCounted) this.#isRunning = false;
      isCounted = false;
      this.#schedule();
    };
    // Who joined it asks again, together with those who wait then; it costs the one whose turn it was the time-out.
    const slow = (): void => {
      this.#again(members.splice(1), generation);
      first.onSlow?.();
      settled();
    };
    let handedOut: Promise<void> | undefined;
    const came = (chunk: Chunk<Interest>): void => {
      const { upTo } = chunk;
      this.#reach = REACH * Math.max(upTo - after, 1);
      // They have waited as long as the others: one of them comes first the next time.
      this.#again(
        members.filter(({ interest }) => interest.after >= upTo),
        generation,
      );
      const reached = members.filter(({ interest }) => interest.after < upTo);
      handedOut = this.#slicer.run(handOut(chunk, reached));
    };
    const asked = this.#reads.ask(first.user, question, came, slow);
    // Until it is handed out, its memory is not free for another.
    Promise.resolve(asked)
      .then(() => handedOut)
      .catch((error: unknown) => {
        for (const { reject } of members) reject(error as Error);
      })
      .finally(settled);
  }

  /**
   * For whom the next read begins: the hindmost, or who has waited too long; undefined: nobody has a slot free. A user
   * whose reads hang keeps nobody else waiting.
   */
  #firstDue(): Member | undefined {
    let first: Member | undefined;
    for (const member of this.#waiting) {
      if (!this.#reads.hasRoom(member.user)) continue;
      if (this.#begun - member.since >= JOINT_PATIENCE) return member;
      if (!first || member.interest.after < first.interest.after) first = member;
    }
    return first;
  }

  /** Takes one, and those who wait where it stands or above, within bounds. */
  #takeWith(first: Member): Member[] {
    const members = [first];
    const others: Member[] = [];
    let filters = filterCount(first.interest.filter);
    for (const member of this.#waiting) {
      if (member === first) continue;
      const ahead = member.interest.after - first.interest.after;
      const isWithin = ahead >= 0 && ahead <= this.#reach && members.length < JOINT.members;
      const count = filterCount(member.interest.filter);
      if (isWithin && filters + count <= JOINT.filters) {
        members.push(member);
        filters += count;
      } else others.push(member);
    }
    this.#waiting = others;
    return members;
  }

  /** Puts members before those who wait, unless the log that they were at is not this one. */
  #again(members: readonly Member[], generation: number): void {
    if (generation === this.#generation) this.#waiting = [...members, ...this.#waiting];
    else for (const { resolve } of members) resolve();
  }
}

function boundsFor(members: number): { readonly scan: number; readonly bytes: number } {
  return {
    scan: Math.min(JOINT.scan, members * STEP.scan),
    bytes: Math.min(JOINT.bytes, members * STEP.bytes),
  };
}

/** Gives each member its part, in pieces: a member may write what it is given, and there may be a thousand. */
function* handOut(chunk: Chunk<Interest>, members: readonly Member[]): Generator<void, void> {
  const parts = yield* partsOf(chunk, members);
  const { losses } = chunk;
  for (const [i, { use, resolve, reject }] of members.entries()) {
    const { entries, upTo } = parts[i] as Part;
    try {
      // Whose the losses are is not known here: who sees one reads by itself.
      use({ entries, upTo, scanned: entries.length, searched: 0, losses, skips: [] });
      resolve();
    } catch (error) {
      reject(error as Error);
    }
    yield;
  }
}

/** Whatever the number of members, each entry costs a look-up of its channel, and those that match it. */
function* partsOf(
  { entries, upTo }: Chunk<Interest>,
  members: readonly Member[],
): Generator<void, readonly Part[]> {
  const index = new FilterIndex<Part>();
  const parts: Part[] = [];
  for (const { interest } of members) {
    const part: Part = { after: interest.after, entries: [], bytes: 0, upTo };
    index.add(interest.filter, part);
    parts.push(part);
    yield;
  }
  for (const entry of entries) {
    index.each(entry.channel, (part) => give(part, entry));
    yield;
  }
  return parts;
}

function give(part: Part, entry: Entry): void {
  const { offset, textBytes } = entry;
  // It may match by several filters, or lie behind where the step of this member has ended.
  if (offset <= part.after || offset > part.upTo || part.entries.at(-1) === entry) return;
  if (part.entries.length > 0 && part.bytes + textBytes > STEP.bytes) {
    part.upTo = offset - 1;
    return;
  }
  part.entries.push(entry);
  part.bytes += textBytes;
}
