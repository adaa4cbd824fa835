import type { Entry, Skip, Want } from './log.ts';
import { matches } from './matching.ts';

/** Publications in a row that a `Want` is not given. */
interface Run {
  readonly from: number;
  to: number;
  missed: number;
}

/**
 * What a read answers, gathered entry by entry: all that match a `Want` without `onlyNewest`, those that are the newest
 * of their channel for the others, and how many each of these was not given.
 */
export class Selection<W extends Want> {
  readonly entries: Entry[] = [];
  readonly #whole: readonly W[];
  readonly #newest: readonly W[];
  readonly #isNewest: (entry: Entry) => boolean;
  readonly #room: number;
  readonly #skips: Skip<W>[] = [];
  readonly #runs = new Map<W, Run>();
  #bytes = 0;

  /**
   * @param bytes how many bytes of texts may be gathered; one entry is always allowed
   * @param isNewest whether a publication is the newest of its channel
   */
  constructor(wants: readonly W[], bytes: number, isNewest: (entry: Entry) => boolean) {
    this.#newest = wants.filter(({ onlyNewest }) => onlyNewest);
    this.#whole = this.#newest.length === 0 ? wants : wants.filter(({ onlyNewest }) => !onlyNewest);
    this.#room = bytes;
    this.#isNewest = isNewest;
  }

  /** Takes an entry if it matches; answers false, and takes nothing, when there is no room for it. */
  take(entry: Entry): boolean {
    if (isWanted(entry, this.#whole)) return this.#give(entry);
    if (this.#newest.length === 0 || !isWanted(entry, this.#newest)) return true;
    if (entry.kind === 'gap' || this.#isNewest(entry)) return this.#give(entry);
    for (const want of this.#newest) if (isWantedBy(entry, want)) this.#skip(entry.offset, want);
    return true;
  }

  /** What was left out. To be called once, at the end. */
  skips(): readonly Skip<W>[] {
    this.#endRuns();
    return this.#skips;
  }

  #give(entry: Entry): boolean {
    if (this.entries.length > 0 && this.#bytes + entry.textBytes > this.#room) return false;
    // A client that is cut off behind this entry goes on from it: what was left out before must have been reported.
    if (this.#runs.size > 0) this.#endRuns();
    this.#bytes += entry.textBytes;
    this.entries.push(entry);
    return true;
  }

  #skip(offset: number, want: W): void {
    const run = this.#runs.get(want);
    if (run === undefined) {
      this.#runs.set(want, { from: offset, to: offset, missed: 1 });
      return;
    }
    run.to = offset;
    run.missed += 1;
  }

  #endRuns(): void {
    for (const [want, run] of this.#runs) this.#skips.push({ want, ...run, before: this.entries.length });
    this.#runs.clear();
  }
}

function isWanted(entry: Entry, wants: readonly Want[]): boolean {
  for (const want of wants) if (isWantedBy(entry, want)) return true;
  return false;
}

function isWantedBy({ offset, channel }: Entry, { after, filter }: Want): boolean {
  return offset > after && matches(filter, channel);
}
