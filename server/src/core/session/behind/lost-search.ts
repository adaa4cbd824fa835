import type { Chunk, Entry, Interest, Log } from '../../log/log.ts';
import { matches } from '../../log/matching.ts';
import type { Lost } from '../gaps.ts';
import type { Subscription } from '../subscription.ts';
import { stepFor } from './step.ts';

/** More scans, entries for each subscription, are not taken: then all are reported to have lost something. */
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
  /** Subscriptions that no loss was found for, each with a copy of its `Interest`. */
  readonly #open: Map<Interest, { readonly id: number; readonly from: number }>;

  /**
   * @param entries how many lie between the two, as far as that is known beforehand
   * @param mostLooks how many it may take, if those are fewer
   */
  constructor(
    interests: readonly Subscription[],
    after: number,
    to: number,
    entries: number,
    mostScanned = SCAN_MOST,
  ) {
    this.to = to;
    this.#at = after;
    this.#most = Math.min(mostScanned, SCAN_MOST);
    const concerned = interests.filter((interest) => interest.after < to);
    // A copy: the filter may change meanwhile, and without `onlyNewest`, because every skipped publication counts here.
    this.#open = new Map(
      concerned.map((interest) => [
        { filter: interest.filter, after: interest.after, reportedUpTo: interest.reportedUpTo },
        { id: interest.id, from: Math.max(after, interest.after) + 1 },
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
    const interests = [...this.#open.keys()];
    const { scan, bytes } = stepFor(interests.length);
    const room = Math.ceil((this.#most - this.scanned) / interests.length);
    const found = log.read({ after: this.#at, interests, scan: Math.max(Math.min(scan, room), 1), bytes });
    if (found instanceof Promise) return found.then((chunk) => this.#take(chunk));
    this.#take(found);
  }

  #take({ entries, losses, upTo, scanned, searched }: Chunk): void {
    this.scanned += scanned * this.#open.size + searched;
    for (const { interest, first } of losses) {
      // The log may have dropped more than this search is about. Where it does not know the first, it may be any.
      if (first === null || first <= this.to) this.#found(interest);
    }
    for (const entry of entries) {
      if (entry.offset > this.to) break;
      for (const interest of this.#open.keys()) if (matchesInterest(entry, interest)) this.#found(interest);
    }
    // Nothing is above it: there is nothing more to find.
    this.#at = upTo > this.#at ? upTo : this.to;
    if (!this.isDone && this.scanned >= this.#most) this.#giveUp();
  }

  #giveUp(): void {
    for (const interest of this.#open.keys()) this.#found(interest);
  }

  #found(interest: Interest): void {
    const lostBy = this.#open.get(interest);
    if (!lostBy) return;
    this.#open.delete(interest);
    this.lost.push({ ...lostBy, to: this.to, missed: null });
  }
}

/** How many entries lie between two offsets, those in memory. */
export function entriesBetween(log: Log, after: number, upTo: number): number {
  return log.entriesAbove(after) - log.entriesAbove(upTo);
}

function matchesInterest({ offset, channel }: Entry, { after, filter }: Interest): boolean {
  return offset > after && matches(filter, channel);
}
