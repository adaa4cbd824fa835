import { filterCount, unionOf } from '@zerospan/shared';
import { FilterIndex } from '../../filter-index.ts';
import type { Chunk, Entry, Interest, Log } from '../../log/log.ts';
import type { EndOfTurn } from '../../time-slicer.ts';
import type { LogReads } from './log-reads.ts';
import { STEP } from './step.ts';

/**
 * Bounds of one joint read. It may answer more than the step of one session: what a slow log has to scan for one
 * channel is nearly the same for a thousand.
 */
export const JOINT = { scan: 16_000, bytes: 1024 * 1024, filters: 10_000, members: 4_096 } as const;

/** Joint reads at a time: while the log is at one, the next gathers. */
const AT_A_TIME = 2;

/** A session that waits for a joint read. */
interface Member {
  readonly user: string;
  readonly interest: Interest;
  readonly use: (chunk: Chunk<Interest>) => void;
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
 * come back would read a range of a disk a thousand times; here one read serves all that wait and stand where it begins
 * or above. It begins where the one stands that has waited longest, so that nobody waits for ever behind others.
 */
export class JointReads {
  readonly #reads: LogReads;
  readonly #endOfTurn: EndOfTurn;
  /** The longest waiting first. */
  #waiting: Member[] = [];
  #running = 0;
  #isScheduled = false;

  constructor(reads: LogReads, endOfTurn: EndOfTurn) {
    this.#reads = reads;
    this.#endOfTurn = endOfTurn;
    reads.whenFree(() => this.#schedule());
  }

  /** How many wait for a read to begin. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Reads what a filter lets through above an offset, together with others. The answer may be empty and may end early:
   * it has moved on.
   * @param use called with the answer in the very turn in which it comes
   * @returns rejects with what the log rejects with, or with `ReadTimeout`
   */
  ask(user: string, interest: Interest, use: (chunk: Chunk<Interest>) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ user, interest, use, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#running >= AT_A_TIME || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#endOfTurn(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    const [first] = this.#waiting;
    // When another slot is free it is tried again.
    if (!first || !this.#reads.hasRoom(first.user)) return;
    const members = this.#takeFrom(first.interest.after);
    const filter = unionOf(members.map(({ interest }) => interest.filter));
    const { after } = first.interest;
    const question = (log: Log): Chunk<Interest> | Promise<Chunk<Interest>> =>
      log.read({ after, interests: [{ filter, after }], scan: JOINT.scan, bytes: JOINT.bytes });
    this.#running++;
    let isCounted = true;
    const settled = (): void => {
      if (isCounted) this.#running--;
      isCounted = false;
      this.#schedule();
    };
    // Who joined it asks again, together with those who wait then; it costs the one whose turn it was the time-out.
    const slow = (): void => {
      this.#waiting = [...members.splice(1), ...this.#waiting];
      settled();
    };
    const asked = this.#reads.ask(first.user, question, (chunk) => this.#handOut(chunk, members), slow);
    Promise.resolve(asked)
      .catch((error: unknown) => {
        for (const { reject } of members) reject(error as Error);
      })
      .finally(settled);
    this.#schedule();
  }

  /** Takes those who wait at an offset or above, within bounds. */
  #takeFrom(after: number): Member[] {
    const members: Member[] = [];
    const others: Member[] = [];
    let filters = 0;
    for (const member of this.#waiting) {
      const isWithin = member.interest.after >= after && members.length < JOINT.members;
      const count = filterCount(member.interest.filter);
      if (isWithin && (members.length === 0 || filters + count <= JOINT.filters)) {
        members.push(member);
        filters += count;
      } else others.push(member);
    }
    this.#waiting = others;
    return members;
  }

  #handOut(chunk: Chunk<Interest>, members: readonly Member[]): void {
    const { upTo, losses } = chunk;
    const reached = members.filter(({ interest }) => interest.after < upTo);
    const beyond = members.filter(({ interest }) => interest.after >= upTo);
    // They have waited as long as the others: one of them comes first the next time.
    this.#waiting = [...beyond, ...this.#waiting];
    const parts = partsOf(chunk, reached);
    reached.forEach(({ use, resolve, reject }, i) => {
      const { entries, upTo } = parts[i] as Part;
      try {
        // Whose the losses are is not known here: who sees one reads by itself.
        use({ entries, upTo, scanned: entries.length, searched: 0, losses, skips: [] });
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    });
  }
}

/** Whatever the number of members, each entry costs a look-up of its channel, and those that match it. */
function partsOf({ entries, upTo }: Chunk<Interest>, members: readonly Member[]): Part[] {
  const index = new FilterIndex<Part>();
  const parts = members.map(({ interest: { filter, after } }) => {
    const part: Part = { after, entries: [], bytes: 0, upTo };
    index.add(filter, part);
    return part;
  });
  for (const entry of entries) index.each(entry.channel, (part) => give(part, entry));
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
