import type { Entry, Log, LogChange, Tally } from '../log/log.ts';
import { Tail, type TailBounds } from '../log/tail.ts';
import { uncaught } from '../reports.ts';
import type { EndOfTurn } from '../time-slicer.ts';
import { Changes } from './changes.ts';
import type { Cohort, Member } from './cohort.ts';
import { Cohorts } from './cohorts.ts';
import { Rest } from './rest.ts';

/** A cohort that has gathered this much is flushed at once, so that no single write is much larger. */
const WRITE_BYTES = 128 * 1024;

/**
 * Cohorts gather this often between two flushes; entries beyond wait for the next one. A put on a thousand channels of
 * ten thousand sessions is ten million, which held the loop for a quarter of a second.
 */
const GATHERED_MOST = 250_000;

/** Entries that wait; with more, all are gathered at once, so that sockets are read no faster than entries go out. */
const WAITING_MOST = 4_096;

/**
 * A flush that has held the loop this long leaves the rest to the next turn, at once: it is longer than fan-out ever
 * rests.
 */
const TURN_MS = 10;

export interface FanoutOptions {
  /** How often cohorts gather between two flushes. */
  readonly gatheredMost?: number | undefined;
  /** Called with what changes of the log. */
  readonly changed?: (change: LogChange) => void;
  /** Called with what a change of filters throws. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Takes what was appended, lets each cohort gather what concerns it, and writes to each live member once at the end of
 * the turn. Nobody joins or leaves a cohort that has something gathered: it is flushed first, so all its members are
 * always at one and the same offset.
 */
export class Fanout {
  readonly changes: Changes;
  readonly cohorts: Cohorts;
  readonly tail: Tail;
  /** Entries delivered to live sessions. */
  delivered = 0;
  /** Publications taken from the log. */
  taken = 0;
  readonly #log: Log;
  readonly #endOfTurn: EndOfTurn;
  #head: number;
  #dirty: Cohort[] = [];
  #scheduled = false;
  readonly #rest = new Rest();
  readonly #unfollow: () => void;
  readonly #gatheredMost: number;
  #gathered = 0;
  #waiting: Entry[] = [];
  readonly #reached = new Map<number, Set<() => void>>();
  #taking: Entry | undefined;
  /** Of the entry taken last, if it has one. */
  #tally: Tally | undefined;
  /** One function for all entries: it is called for each cohort that matches one. */
  readonly #gather = (cohort: Cohort): void => {
    this.#gathered++;
    if (cohort.live.size === 0) return;
    if (cohort.gather(this.#taking as Entry)) this.#dirty.push(cohort);
    if (cohort.gatheredBytes >= WRITE_BYTES) this.flush(cohort);
  };

  constructor(
    log: Log,
    bounds: TailBounds,
    endOfTurn: EndOfTurn,
    { gatheredMost = GATHERED_MOST, changed, onFailure = uncaught }: FanoutOptions = {},
  ) {
    this.#log = log;
    this.#endOfTurn = endOfTurn;
    this.#gatheredMost = gatheredMost;
    this.changes = new Changes(endOfTurn, onFailure);
    this.cohorts = new Cohorts(this.changes);
    this.#head = log.head;
    this.tail = new Tail(bounds, log.head);
    this.#unfollow = log.follow((entry) => this.#follow(entry), changed);
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

  /** Calls an action once everything up to an offset has been taken: now, or in a later turn. */
  whenAt(offset: number, action: () => void): void {
    if (this.#waiting.length === 0 || offset <= this.#head) {
      action();
      return;
    }
    const actions = this.#reached.get(offset);
    if (actions) actions.add(action);
    else this.#reached.set(offset, new Set([action]));
  }

  /** Takes all that waits. */
  catchUp(): void {
    if (this.#waiting.length > 0) this.#takeWaiting(Number.POSITIVE_INFINITY);
  }

  /**
   * Takes all that waits if the log has dropped some of it: a read would report as lost what is still to come. To be
   * called before a read, and when a late log answers one.
   */
  catchUpWithLog(): void {
    if (this.#waiting.length > 0 && this.#log.droppedUpTo > this.#head) this.catchUp();
  }

  /** Takes and writes all that there is. */
  finish(): void {
    this.catchUp();
    this.#flushAll(Number.POSITIVE_INFINITY);
  }

  /** The log is another one: what was taken of the one before is written, and nothing of it is kept. */
  restart(): void {
    this.finish();
    this.#head = this.#log.head;
    this.tail.clear(this.#head);
  }

  stop(): void {
    this.#unfollow();
    this.finish();
  }

  #follow(entry: Entry): void {
    if (this.#waiting.length === 0 && this.#gathered < this.#gatheredMost) {
      this.#take(entry);
      return;
    }
    this.#pause();
    this.#waiting.push(entry);
    if (this.#waiting.length > WAITING_MOST) this.catchUp();
    this.#schedule();
  }

  /** @param most how often cohorts may gather meanwhile, and those of one entry more */
  #takeWaiting(most: number): void {
    const waiting = this.#waiting;
    let next = 0;
    this.#gathered = 0;
    while (next < waiting.length && this.#gathered < most) this.#take(waiting[next++] as Entry);
    this.#waiting = waiting.slice(next);
    this.#pause();
    for (const [offset, actions] of this.#reached) {
      if (offset > this.#head && this.#waiting.length > 0) break;
      this.#reached.delete(offset);
      for (const action of actions) action();
    }
  }

  #take(entry: Entry): void {
    this.taken++;
    this.#head = entry.offset;
    this.tail.push(entry);
    this.#taking = entry;
    this.#tally = entry.tally;
    // Before the entry is gathered: those who are written it in this very turn have to be counted as well.
    this.#tally?.take(entry);
    this.cohorts.each(entry.channel, this.#gather);
    if (this.#dirty.length > 0) this.#schedule();
  }

  /** What a tally has counted so far stands: before the next entry is taken, filters may change. */
  #pause(): void {
    const tally = this.#tally;
    this.#tally = undefined;
    tally?.pause();
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
    // What has been gathered leaves first: a cohort keeps no more than that.
    if (isDone) this.#takeWaiting(this.#gatheredMost);
    const isAll = this.#waiting.length === 0;
    this.#rest.worked(beganMs, performance.now(), isDone && isAll);
    if (!isAll) this.#schedule();
  }

  /** Answers whether everything was flushed. */
  #flushAll(untilMs: number): boolean {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.cohorts.forget();
    for (let i = 0; i < dirty.length; i++) {
      this.flush(dirty[i] as Cohort);
      if (performance.now() < untilMs) continue;
      // A cohort that was flushed and has gathered again meanwhile is in the new list too: flushing it twice is
      // harmless.
      this.#dirty = dirty.slice(i + 1).concat(this.#dirty);
      if (this.#dirty.length === 0) return true;
      this.#schedule();
      return false;
    }
    return true;
  }
}
