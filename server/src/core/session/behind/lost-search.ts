import type { Chunk, Entry, Log, Want } from '../../log/log.ts';
import { matches } from '../../log/matching.ts';
import type { Lost } from '../gaps.ts';
import type { Subscription } from '../subscription.ts';
import { stepFor } from './step.ts';

/** More looks, entries for each subscription, are not taken: then all are reported to have lost something. */
const SCAN_MOST = 200_000;

/**
 * Finds which subscriptions would lose something if everything between two offsets were skipped, held or not. It reads
 * the log for all of them together, in steps as small as those of catching up.
 */
export class LostSearch {
  readonly to: number;
  readonly lost: Lost[] = [];
  /** Looks of all steps: entries for each subscription, and what the log scanned for losses. */
  scanned = 0;
  readonly #most: number;
  #at: number;
  /** Subscriptions that no loss was found for, each with a copy of its `Want`. */
  readonly #open: Map<Want, { readonly id: number; readonly from: number }>;

  /**
   * @param entries how many lie between the two, as far as that is known beforehand
   * @param mostLooks how many it may take, if those are fewer
   */
  constructor(
    wants: readonly Subscription[],
    after: number,
    to: number,
    entries: number,
    mostScanned = SCAN_MOST,
  ) {
    this.to = to;
    this.#at = after;
    this.#most = Math.min(mostScanned, SCAN_MOST);
    const concerned = wants.filter((want) => want.after < to);
    // A copy: the filter may change meanwhile, and without `onlyNewest`, because every skipped publication counts here.
    this.#open = new Map(
      concerned.map((want) => [
        { filter: want.filter, after: want.after, toldUpTo: want.toldUpTo },
        { id: want.id, from: Math.max(after, want.after) + 1 },
      ]),
    );
    if (this.#most <= 0 || concerned.length * entries > this.#most) this.#giveUp();
  }

  get isDone(): boolean {
    return this.#at >= this.to || this.#open.size === 0;
  }

  /** Reads once. */
  step(log: Log): void | Promise<void> {
    if (this.isDone) return;
    const wants = [...this.#open.keys()];
    const { scan, bytes } = stepFor(wants.length);
    const room = Math.ceil((this.#most - this.scanned) / wants.length);
    const found = log.read({ after: this.#at, wants, scan: Math.max(Math.min(scan, room), 1), bytes });
    if (found instanceof Promise) return found.then((chunk) => this.#take(chunk));
    this.#take(found);
  }

  #take({ entries, losses, upTo, scanned, searched }: Chunk): void {
    this.scanned += scanned * this.#open.size + searched;
    for (const { want } of losses) this.#found(want);
    for (const entry of entries) {
      if (entry.offset > this.to) break;
      for (const want of this.#open.keys()) if (isWantedBy(entry, want)) this.#found(want);
    }
    // Nothing is above it: there is nothing more to find.
    this.#at = upTo > this.#at ? upTo : this.to;
    if (!this.isDone && this.scanned >= this.#most) this.#giveUp();
  }

  #giveUp(): void {
    for (const want of this.#open.keys()) this.#found(want);
  }

  #found(want: Want): void {
    const lostBy = this.#open.get(want);
    if (!lostBy) return;
    this.#open.delete(want);
    this.lost.push({ ...lostBy, to: this.to, missed: null });
  }
}

/** How many entries lie between two offsets, those in memory. */
export function entriesBetween(log: Log, after: number, upTo: number): number {
  return log.entriesAbove(after) - log.entriesAbove(upTo);
}

function isWantedBy({ offset, channel }: Entry, { after, filter }: Want): boolean {
  return offset > after && matches(filter, channel);
}
