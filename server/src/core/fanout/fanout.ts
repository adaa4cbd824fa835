import type { Entry, Log } from '../log/log.ts';
import { Tail, type TailBounds } from '../log/tail.ts';
import { Changes } from './changes.ts';
import type { Cohort, Member } from './cohort.ts';
import { Cohorts } from './cohorts.ts';
import { Rest } from './rest.ts';

/**
 * PORT: MUST run an action once this turn of the event loop has taken in what it has to take in, and SHOULD not before `restMs` have passed,
 * as far as its timers tell that.
 */
export type EndOfTurn = (action: () => void, restMs?: number) => void;

/** A cohort that has gathered this much is flushed at once, so that no single write is much larger. */
const WRITE_BYTES = 128 * 1024;

/** A flush that has held the loop this long leaves the rest to the next turn, at once: it is longer than fan-out ever rests. */
const TURN_MS = 10;

/**
 * Takes what was appended, lets each cohort gather what concerns it, and writes to each live member once at the end of
 * the turn. Nobody joins or leaves a cohort that has something gathered: it is flushed first, so all its members are always at one
 * and the same offset.
 */
export class Fanout {
  readonly changes: Changes;
  readonly cohorts: Cohorts;
  readonly tail: Tail;
  /** Frames delivered to live sessions. */
  delivered = 0;
  /** Publications taken from the log. */
  taken = 0;
  readonly #endOfTurn: EndOfTurn;
  #head: number;
  #dirty: Cohort[] = [];
  #scheduled = false;
  readonly #rest = new Rest();
  readonly #unfollow: () => void;
  #taking: Entry | undefined;
  /** One function for all entries: it is called for each cohort that wants one. */
  readonly #gather = (cohort: Cohort): void => {
    if (cohort.live.size === 0) return;
    if (cohort.gather(this.#taking as Entry)) this.#dirty.push(cohort);
    if (cohort.gatheredBytes >= WRITE_BYTES) this.flush(cohort);
  };

  constructor(log: Log, bounds: TailBounds, endOfTurn: EndOfTurn) {
    this.#endOfTurn = endOfTurn;
    this.changes = new Changes(endOfTurn);
    this.cohorts = new Cohorts(this.changes);
    this.#head = log.head;
    this.tail = new Tail(bounds, log.head);
    this.#unfollow = log.follow((entry) => this.#take(entry));
  }

  /** Offset of the newest publication that fan-out has taken. */
  get head(): number {
    return this.#head;
  }

  /** A session that has been written everything up to the head takes part from the next publication on. */
  goLive(cohort: Cohort, member: Member): void {
    this.flush(cohort);
    cohort.live.add(member);
  }

  /** Takes a session out; what the cohort had gathered is written to it first. */
  leave(cohort: Cohort, member: Member): void {
    if (cohort.live.has(member)) this.flush(cohort);
    cohort.live.delete(member);
    this.cohorts.leave(cohort);
  }

  flush(cohort: Cohort): void {
    this.delivered += cohort.flush();
  }

  stop(): void {
    this.#unfollow();
    this.#flushAll(Number.POSITIVE_INFINITY);
  }

  #take(entry: Entry): void {
    this.taken++;
    this.#head = entry.offset;
    this.tail.push(entry);
    this.#taking = entry;
    this.cohorts.each(entry.channel, this.#gather);
    if (this.#dirty.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#endOfTurn(() => this.#flushDue(), this.#rest.leftMs(performance.now()));
  }

  #flushDue(): void {
    this.#scheduled = false;
    const beganMs = performance.now();
    const isDone = this.#flushAll(beganMs + TURN_MS);
    this.#rest.worked(beganMs, performance.now(), isDone);
  }

  /** Answers whether everything was flushed. */
  #flushAll(untilMs: number): boolean {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.cohorts.empty.forget();
    for (let i = 0; i < dirty.length; i++) {
      this.flush(dirty[i] as Cohort);
      if (performance.now() < untilMs) continue;
      // A cohort that was flushed and has gathered again meanwhile is in the new list too: flushing it twice is harmless.
      this.#dirty = dirty.slice(i + 1).concat(this.#dirty);
      if (this.#dirty.length === 0) return true;
      this.#schedule();
      return false;
    }
    return true;
  }
}
