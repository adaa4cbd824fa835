import type { FilterSet } from '@zerospan/shared';
import type { Hot } from '../hot/hot.ts';
import type { Entry, Read } from '../log.ts';
import { matches } from '../matching.ts';
import type { Scannable, StoredEntry } from '../store.ts';

/**
 * Channels of all searches together, about 100 bytes each; a search by itself counts as some. Beyond, the search that
 * was used longest ago is given up.
 */
const CHANNELS_MOST = 500_000;
const SEARCH_ITSELF = 8;

/** Payloads of one step: it needs none of them. */
const STEP_BYTES = 1024 * 1024;

type Last = NonNullable<Read['last']>;

/** One channel of a search. */
interface Found {
  /** How many publications it still lacks of its last n. */
  lacks: number;
  /** Offset of the oldest entry of it that is due. */
  start: number;
}

/**
 * Where the last n publications of each channel begin, found backwards from `asOf`, through memory and the store
 * beneath. A read goes forwards, and could not know of an entry whether n newer ones are still to come.
 */
export class LastSearch {
  readonly #last: Last;
  readonly #filter: FilterSet;
  readonly #found = new Map<string, Found>();
  /** Channels that have all of their last n. */
  #full = 0;
  /** Everything above this offset, up to `asOf`, has been scanned. */
  #at: number;
  isDone = false;
  /** Nobody knows where the last n begin: nothing up to `asOf` is due, and its readers have lost something. */
  isGivenUp = false;

  constructor(last: Last, filter: FilterSet) {
    this.#last = last;
    this.#filter = filter;
    this.#at = last.asOf;
  }

  /** What it counts for. */
  get weight(): number {
    return SEARCH_ITSELF + this.#found.size;
  }

  /** Nothing at or below this offset is due. */
  get floor(): number {
    let floor = this.#last.asOf;
    for (const { start } of this.#found.values()) floor = Math.min(floor, start - 1);
    return floor;
  }

  isDue({ offset, channel }: Pick<Entry, 'offset' | 'channel'>): boolean {
    if (offset > this.#last.asOf) return true;
    if (this.isGivenUp) return false;
    const found = this.#found.get(channel);
    return found === undefined || offset >= found.start;
  }

  /** Scans `most` entries more, at most; answers how many it did. */
  async step(hot: Hot, store: Scannable, most: number): Promise<number> {
    if (this.isDone) return 0;
    let visited = 0;
    const stored = hot.from;
    if (this.#at > stored) {
      const isThrough = hot.backwards(this.#at, stored, this.#filter, most, (entry) => {
        if (visited >= most || this.isDone) return false;
        visited++;
        this.#count(entry);
        return true;
      });
      if (isThrough) this.#at = stored;
      if (!isThrough || this.isDone) return visited;
    }
    if (visited >= most) return visited;
    const scanned = await store.scan({
      order: 'backwards',
      after: 0,
      upTo: this.#at,
      filter: this.#filter,
      isDue: (channel) => this.#found.get(channel)?.lacks !== 0,
      entries: most - visited,
      bytes: STEP_BYTES,
      dropped: [],
    });
    for (const entry of scanned.entries) if (!this.isDone) this.#count(entry);
    this.#at = scanned.reached;
    if (this.#at <= 0) this.isDone = true;
    return visited + scanned.scanned;
  }

  giveUp(): void {
    this.isGivenUp = true;
    this.isDone = true;
    this.#found.clear();
  }

  #count({ kind, offset, channel }: Pick<StoredEntry, 'kind' | 'offset' | 'channel'>): void {
    this.#at = offset - 1;
    if (!matches(this.#filter, channel)) return;
    const found = this.#found.get(channel) ?? { lacks: this.#last.n, start: offset };
    if (found.lacks === 0) return;
    this.#found.set(channel, found);
    found.start = offset;
    if (kind === 'gap' || --found.lacks > 0) return;
    this.#full++;
    const { channels, prefixes } = this.#filter;
    if (prefixes.length === 0 && this.#full >= channels.length) this.isDone = true;
  }
}

/** The searches under way, each for as long as its reader asks with the same `last`. */
export class LastSearches {
  readonly #most: number;
  readonly #byLast = new WeakMap<Last, LastSearch>();
  /** Used longest ago first. Its reader may be gone: nobody says so. */
  readonly #used = new Set<LastSearch>();
  #weight = 0;

  constructor(most = CHANNELS_MOST) {
    this.#most = most;
  }

  /** What all of them count for. */
  get weight(): number {
    return this.#weight;
  }

  of(last: Last, filter: FilterSet): LastSearch {
    const known = this.#byLast.get(last);
    if (known) {
      if (this.#used.delete(known)) this.#used.add(known);
      return known;
    }
    const search = new LastSearch(last, filter);
    this.#byLast.set(last, search);
    this.#used.add(search);
    this.#weight += search.weight;
    return search;
  }

  /** See {@link LastSearch.step}. */
  async step(search: LastSearch, hot: Hot, store: Scannable, most: number): Promise<number> {
    if (search.isDone) return 0;
    const before = search.weight;
    const visited = await search.step(hot, store, most);
    if (search.isGivenUp) return visited;
    this.#weight += search.weight - before;
    for (const oldest of this.#used) {
      if (this.#weight <= this.#most) break;
      this.#remove(oldest);
      oldest.giveUp();
    }
    return visited;
  }

  /** Its reader has passed `asOf`. */
  end(last: Last): void {
    const search = this.#byLast.get(last);
    if (!search) return;
    this.#byLast.delete(last);
    this.#remove(search);
  }

  #remove(search: LastSearch): void {
    if (this.#used.delete(search)) this.#weight -= search.weight;
  }
}
