import type { Chunk, Entry, Log, Want } from '../../log/log.ts';
import { matches } from '../../log/matching.ts';
import type { Lost } from '../gaps.ts';
import type { Subscription } from '../subscription.ts';
import { stepFor } from './step.ts';

/** More looks, entries for each subscription, are not taken: then all are reported to have lost something. */
const LOOK_MOST = 200_000;

/**
 * Finds which subscriptions would lose something if everything between two offsets were skipped, held or not. It reads
 * the log for all of them together, in steps as small as those of catching up.
 */
export class LostSearch {
  readonly to: number;
  readonly lost: Lost[] = [];
  /** Looks of all steps: entries for each subscription, and what the log scanned for losses. */
  looked = 0;
  #at: number;
  /** Those that nothing was found for, each with what it wants. */
  readonly #open: Map<Want, { readonly id: number; readonly from: number }>;

  /** @param mostLooks fewer than that many are not taken either */
  constructor(wants: readonly Subscription[], after: number, to: number, mostLooks = LOOK_MOST) {
    this.to = to;
    this.#at = after;
    const concerned = wants.filter((want) => want.after < to);
    // A copy: what it wants may change meanwhile, and `latest` wants all of it here.
    this.#open = new Map(
      concerned.map((want) => [
        { filter: want.filter, after: want.after, toldUpTo: want.toldUpTo },
        { id: want.id, from: Math.max(after, want.after) + 1 },
      ]),
    );
    if (concerned.length * (to - after) <= Math.min(mostLooks, LOOK_MOST)) return;
    for (const want of this.#open.keys()) this.#found(want);
  }

  get isDone(): boolean {
    return this.#at >= this.to || this.#open.size === 0;
  }

  /** Reads once. */
  step(log: Log): void | Promise<void> {
    if (this.isDone) return;
    const wants = [...this.#open.keys()];
    const found = log.read({ after: this.#at, wants, ...stepFor(wants.length) });
    if (found instanceof Promise) return found.then((chunk) => this.#take(chunk));
    this.#take(found);
  }

  #take({ entries, losses, upTo, scanned, searched }: Chunk): void {
    this.looked += scanned * this.#open.size + searched;
    for (const { want } of losses) this.#found(want);
    for (const entry of entries) {
      if (entry.offset > this.to) break;
      for (const want of this.#open.keys()) if (isWantedBy(entry, want)) this.#found(want);
    }
    // Nothing is above it: there is nothing more to find.
    this.#at = upTo > this.#at ? upTo : this.to;
  }

  #found(want: Want): void {
    const whose = this.#open.get(want);
    if (!whose) return;
    this.#open.delete(want);
    this.lost.push({ ...whose, to: this.to, missed: null });
  }
}

function isWantedBy({ offset, channel }: Entry, { after, filter }: Want): boolean {
  return offset > after && matches(filter, channel);
}
