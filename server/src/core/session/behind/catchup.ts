import type { Fanout } from '../../fanout/fanout.ts';
import { Parked } from '../../sharing/parked.ts';
import type { EndOfTurn } from '../../time-slicer.ts';
import type { LogReads } from './log-reads.ts';

/**
 * The result of a step: whether another one is due, now or once the log has answered; or it has done nothing, and waits
 * until a slot for reading is free, or is added again.
 */
export type Step = boolean | Promise<boolean> | 'no-slot' | 'waits';

/** One that has something to read from the log: see `Session.step`. */
export interface Catching {
  /** For whose share of the reads it counts. */
  readonly user: string;
  step(): Step;
}

/** One that has subscriptions which end because it fell behind. */
export interface Lagging extends Catching {
  endLagging(): void;
}

/** How long catching up may hold the event loop before others have a turn. */
const SLICE_MS = 4;

/**
 * Everybody who is behind, one step each in turn: a thousand who catch up share what one would have, and live traffic
 * goes first. While the log is at the read of one, the others go on; each has one step at a time.
 */
export class CatchUp {
  readonly #endOfTurn: EndOfTurn;
  readonly #fanout: Fanout;
  readonly #reads: LogReads;
  readonly #onFailure: (who: Catching, error: unknown) => void;
  readonly #waiting = new Set<Catching>();
  /** Those whose step waits for the log; true: they were added again meanwhile. */
  readonly #reading = new Map<Catching, boolean>();
  readonly #parked = new Parked<Catching>();
  /** Those for whom a slot has become free. */
  readonly #called = new Set<Catching>();
  readonly #lagging = new Set<Lagging>();
  #isScheduled = false;
  #untilMs = 0;
  #steps = 0;

  /**
   * @param fanout while the filters of many change in it, which the end of a replay does too, one reader a turn reads.
   * None would be too few: users who change filters all the time would keep the others from their history
   * @param onFailure called when the log could not be read; that one is not called again by itself
   */
  constructor(
    endOfTurn: EndOfTurn,
    fanout: Fanout,
    reads: LogReads,
    onFailure: (who: Catching, error: unknown) => void,
  ) {
    this.#endOfTurn = endOfTurn;
    this.#fanout = fanout;
    this.#reads = reads;
    this.#onFailure = onFailure;
    reads.whenFree(() => this.#callParked());
  }

  /** How many wait for their turn, or for a slot. */
  get waiting(): number {
    return this.#waiting.size + this.#parked.size + this.#called.size + this.#lagging.size;
  }

  add(who: Catching): void {
    if (this.#reading.has(who)) this.#reading.set(who, true);
    else if (!this.#parked.has(who) && !this.#called.has(who)) {
      this.#waiting.add(who);
      this.#schedule();
    }
  }

  /** Calls it in its turn, with room or without, and whatever it waits for: it reads nothing for that. */
  addLagging(who: Lagging): void {
    this.#lagging.add(who);
    this.#schedule();
  }

  /** It has nothing to read any more. */
  forget(who: Catching): void {
    this.#lagging.delete(who as Lagging);
    this.#waiting.delete(who);
    this.#called.delete(who);
    this.#parked.remove(who);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#endOfTurn(() => {
      this.#isScheduled = false;
      this.#untilMs = performance.now() + SLICE_MS;
      this.#steps = 0;
      this.#go();
    });
  }

  #go(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      if (this.#steps++ > 0 && !this.#fanout.changes.hasRoom) break;
      const [lagging] = this.#lagging;
      if (lagging) this.#endLagging(lagging);
      else {
        this.#fanout.catchUpWithLog();
        this.#called.delete(next);
        this.#waiting.delete(next);
        this.#step(next);
      }
      if (performance.now() > this.#untilMs) break;
    }
    // A called session may not have taken the slot: it had no room, or is gone, or another reads for it.
    this.#callParked();
    if (this.#next()) this.#schedule();
  }

  #next(): Catching | undefined {
    for (const those of [this.#lagging, this.#called, this.#waiting]) {
      const [next] = those;
      if (next) return next;
    }
    return undefined;
  }

  #endLagging(who: Lagging): void {
    this.#lagging.delete(who);
    try {
      who.endLagging();
    } catch (error) {
      this.#onFailure(who, error);
    }
  }

  #step(who: Catching): void {
    try {
      const step = who.step();
      // Added again, it stands at the end of the line.
      if (step === true) this.#waiting.add(who);
      else if (step === 'no-slot') this.#parked.add(who);
      else if (step instanceof Promise) this.#waitFor(who, step);
    } catch (error) {
      this.#onFailure(who, error);
    }
  }

  #waitFor(who: Catching, step: Promise<boolean>): void {
    this.#reading.set(who, false);
    step.then(
      (goesOn) => {
        const isAgain = this.#reading.get(who);
        this.#reading.delete(who);
        if (goesOn || isAgain) this.#waiting.add(who);
        if (performance.now() > this.#untilMs) this.#schedule();
        else this.#go();
      },
      (error: unknown) => {
        this.#reading.delete(who);
        this.#onFailure(who, error);
      },
    );
  }

  /** A slot is free: the session that has waited for it longest has it first. */
  #callParked(): void {
    while (this.#called.size < this.#reads.free) {
      const next = this.#parked.next((user) => this.#reads.hasRoom(user));
      if (!next) break;
      this.#called.add(next);
    }
    if (this.#called.size > 0) this.#schedule();
  }
}
