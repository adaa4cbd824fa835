import type { Chunk, Entry, Interest, Loss, Read } from '../log.ts';
import { Selection } from '../selection.ts';
import type { Scanned, StoredEntry } from '../store.ts';

type At = Pick<Entry, 'offset' | 'channel'>;

/** Entries taken between two questions whether the turn has time left. */
const PIECE = 64;

/** What one read has come to so far, within its bounds. */
export class Gathering<W extends Interest> {
  /** Everything up to here that matches is in it. */
  upTo: number;
  scanned = 0;
  searched = 0;
  losses: readonly Loss<W>[] = [];
  readonly #selection: Selection<W>;
  readonly #scan: number;
  readonly #isDue: ((at: At) => boolean) | undefined;

  /** @param isDue whether `last` lets an entry through; left out: every one */
  constructor(
    { after, interests, scan, bytes }: Read<W>,
    isNewest: (at: At) => boolean,
    isDue?: (at: At) => boolean,
  ) {
    this.upTo = after;
    this.#selection = new Selection(interests, bytes, isNewest);
    this.#scan = scan;
    this.#isDue = isDue;
  }

  /** How many entries it may still scan. */
  get room(): number {
    return this.#scan - this.scanned;
  }

  /** Takes the next entry; answers false, and has done nothing, when a bound is reached. */
  readonly visit = (entry: Entry): boolean => {
    if (this.scanned >= this.#scan) return false;
    if ((this.#isDue === undefined || this.#isDue(entry)) && !this.#selection.take(entry)) return false;
    this.scanned++;
    this.upTo = entry.offset;
    return true;
  };

  /**
   * Takes what a store has scanned, in pieces of a fraction of a ms: a scan for many has thousands.
   * @returns false when there was no room for all of it
   */
  *takeStored(
    { entries, reached, scanned }: Scanned,
    entryOf: (stored: StoredEntry) => Entry,
  ): Generator<void, boolean> {
    this.scanned += scanned;
    let taken = 0;
    for (const stored of entries) {
      const isDue = !this.#isDue || this.#isDue(stored);
      if (isDue && !this.#selection.take(entryOf(stored))) return false;
      this.upTo = stored.offset;
      if (++taken % PIECE === 0) yield;
    }
    this.upTo = reached;
    return true;
  }

  chunk(): Chunk<W> {
    const { upTo, scanned, searched, losses } = this;
    const { entries } = this.#selection;
    return { entries, upTo, scanned, searched, losses, skips: this.#selection.skips() };
  }
}
