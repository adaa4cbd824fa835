import type { Clock } from '@zerospan/shared';
import type { Log } from '../../log/log.ts';

/**
 * Bounds of what the log is asked at a time. A read that takes longer than `timeoutMs` fails, and no longer keeps
 * others from reading; until the log answers it, it counts as overdue, because its memory is not free. Who shares a
 * read with the one that asked waits for `patienceMs` before it asks again.
 */
export const READS = {
  most: 16,
  ofUser: 4,
  patienceMs: 2_000,
  timeoutMs: 10_000,
  overdueMost: 64,
  overdueOfUser: 16,
} as const;

/** How often it is looked for reads that take too long. */
const CHECK_MS = 1_000;

/** The log has not answered a read in time. */
export class ReadTimeout extends Error {
  override readonly name = 'ReadTimeout';

  constructor() {
    super(`The log has not answered a read for ${READS.timeoutMs} ms.`);
  }
}

/**
 * What became of a question to the log: answered at once (undefined), to be answered later, or not asked because all
 * slots are taken, in all or by this user.
 */
export type Asked = undefined | Promise<void> | 'no-slot';

interface InFlight {
  readonly user: string;
  readonly beganMs: number;
  readonly onSlow: (() => void) | undefined;
  readonly fail: (error: Error) => void;
  isSlow: boolean;
  isOverdue: boolean;
}

/** Asks the log for sessions that catch up: a few reads at a time, of one user fewer, each with a time-out. */
export class LogReads {
  readonly #log: Log;
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #inFlight = new Set<InFlight>();
  readonly #running = new Counts();
  readonly #overdue = new Counts();
  readonly #whenFree: (() => void)[] = [];
  #cancelCheck: (() => void) | undefined;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Reads that the log has not answered and that are in time. */
  get running(): number {
    return this.#running.total;
  }

  /** Reads that the log has not answered in time, and has not answered yet. */
  get overdue(): number {
    return this.#overdue.total;
  }

  /** Whether too many reads are overdue for any other to begin. */
  get isStuck(): boolean {
    return this.#overdue.total >= READS.overdueMost;
  }

  /** Calls a listener whenever a slot has become free. */
  whenFree(listener: () => void): void {
    this.#whenFree.push(listener);
  }

  /** How many slots are free for somebody. */
  get free(): number {
    return this.isStuck ? 0 : READS.most - this.#running.total;
  }

  hasRoom(user: string): boolean {
    return (
      this.free > 0 && this.#running.of(user) < READS.ofUser && this.#overdue.of(user) < READS.overdueOfUser
    );
  }

  /**
   * Asks the log. A log that answers at once takes no slot.
   * @param use called with the answer, in the very turn in which it comes, unless that is too late
   * @param onSlow called once when the answer takes long, and may come yet
   * @returns rejects with what the log rejects with, or with {@link ReadTimeout}
   */
  ask<T>(
    user: string,
    question: (log: Log) => T | Promise<T>,
    use: (answer: T) => void,
    onSlow?: () => void,
  ): Asked {
    if (!this.hasRoom(user)) return 'no-slot';
    const found = question(this.#log);
    if (!(found instanceof Promise)) {
      use(found);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const beganMs = this.#clock.elapsed();
      const read = { user, beganMs, onSlow, fail: reject, isSlow: false, isOverdue: false };
      this.#begin(read);
      found
        .then(
          (answer) => {
            this.#settled(read);
            if (!read.isOverdue) use(answer);
          },
          (error: unknown) => {
            this.#settled(read);
            throw error;
          },
        )
        .then(resolve, reject);
    });
  }

  stop(): void {
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }

  #begin(read: InFlight): void {
    this.#inFlight.add(read);
    this.#running.add(read.user, 1);
    this.#cancelCheck ??= this.#clock.later(CHECK_MS, () => this.#check());
  }

  #settled(read: InFlight): void {
    this.#inFlight.delete(read);
    (read.isOverdue ? this.#overdue : this.#running).add(read.user, -1);
    this.#freed();
  }

  #freed(): void {
    for (const listener of this.#whenFree) listener();
  }

  #check(): void {
    const nowMs = this.#clock.elapsed();
    this.#cancelCheck = undefined;
    for (const read of this.#inFlight) {
      const tookMs = nowMs - read.beganMs;
      if (tookMs < READS.patienceMs) break;
      if (!read.isSlow) {
        read.isSlow = true;
        read.onSlow?.();
      }
      if (tookMs >= READS.timeoutMs && !read.isOverdue) this.#giveUp(read);
    }
    if (this.#running.total > 0) this.#cancelCheck ??= this.#clock.later(CHECK_MS, () => this.#check());
  }

  #giveUp(read: InFlight): void {
    read.isOverdue = true;
    this.#running.add(read.user, -1);
    this.#overdue.add(read.user, 1);
    read.fail(new ReadTimeout());
    this.#freed();
  }
}

/** How many of something each user has, and all together. */
class Counts {
  total = 0;
  readonly #byUser = new Map<string, number>();

  of(user: string): number {
    return this.#byUser.get(user) ?? 0;
  }

  add(user: string, count: 1 | -1): void {
    this.total += count;
    const now = this.of(user) + count;
    if (now > 0) this.#byUser.set(user, now);
    else this.#byUser.delete(user);
  }
}
