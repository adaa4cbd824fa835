import type { Entry, Interest, Skip } from './log.ts';
import { matches } from './matching.ts';

/** Publications in a row that an `Interest` is not given. */
interface Run {
  readonly from: number;
  to: number;
  missed: number;
}

/**
 * What a read answers, gathered entry by entry: all that match an `Interest` without `onlyNewest`, those that are the
 * newest of their channel for the others, and how many each of these was not given.
 */
export class Selection<W extends Interest> {
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
  constructor(interests: readonly W[], bytes: number, isNewest: (entry: Entry) => boolean) {
    this.#newest = interests.filter(({ onlyNewest }) => onlyNewest);
    this.#whole = this.#newest.length === 0 ? interests : interests.filter(({ onlyNewest }) => !onlyNewest);
    this.#room = bytes;
    this.#isNewest = isNewest;
  }

  /** Takes an entry if it matches; answers false, and takes nothing, when there is no room for it. */
  take(entry: Entry): boolean {
    if (matchesAny(entry, this.#whole)) return this.#give(entry);
    if (this.#newest.length === 0 || !matchesAny(entry, this.#newest)) return true;
    if (entry.kind === 'gap' || this.#isNewest(entry)) return this.#give(entry);
    for (const interest of this.#newest)
      if (matchesInterest(entry, interest)) this.#skip(entry.offset, interest);
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

  #skip(offset: number, interest: W): void {
    const run = this.#runs.get(interest);
    if (run === undefined) {
      this.#runs.set(interest, { from: offset, to: offset, missed: 1 });
      return;
    }
    run.to = offset;
    run.missed += 1;
  }

  #endRuns(): void {
    for (const [interest, run] of this.#runs)
      this.#skips.push({ interest, ...run, before: this.entries.length });
    this.#runs.clear();
  }
}

function matchesAny(entry: Entry, interests: readonly Interest[]): boolean {
  for (const interest of interests) if (matchesInterest(entry, interest)) return true;
  return false;
}

function matchesInterest({ offset, channel }: Entry, { after, filter }: Interest): boolean {
  return offset > after && matches(filter, channel);
}
