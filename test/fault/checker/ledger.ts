/** An entry of a log as its server wrote it down. */
export interface Entry {
  readonly life: number;
  readonly offset: number;
  readonly channel: string;
  readonly hash: string;
  /** Not a publication: it tells that so many never came as far as the log, null: nobody knows how many. */
  readonly upstream?: number | null;
}

/** A place in the sequence of all logs: the how-manieth log, and an offset in it. */
export interface Place {
  readonly life: number;
  readonly offset: number;
}

export function isUpstream({ upstream }: Entry): boolean {
  return upstream !== undefined;
}

export function compare(a: Place, b: Place): number {
  return a.life - b.life || a.offset - b.offset;
}

export function keyOf({ life, offset }: Place): string {
  return `${life}:${offset}`;
}

/** One log, from its beginning to the end of its server, or over several that keep it. */
class Life {
  readonly epoch: string;
  readonly entries: Entry[] = [];
  /** Offset of the newest that was forgotten. */
  forgottenUpTo = 0;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  /** How many of its entries are not above an offset. */
  upTo(offset: number): number {
    let low = 0;
    for (let high = this.entries.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.entries[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Every log of a run, in the order of their servers: what was appended. */
export class Ledger {
  readonly #lives: Life[] = [];
  readonly #byEpoch = new Map<string, number>();
  /** Entries that were seen, forgotten ones included. */
  count = 0;

  /** A server begins, with a log of its own, or with the one that the server before it left. */
  begin(epoch: string): void {
    if (this.#lives.at(-1)?.epoch === epoch) return;
    this.#byEpoch.set(epoch, this.#lives.length);
    this.#lives.push(new Life(epoch));
  }

  /**
   * Answers the entry. Those from before a server was listened to may come a little late. One that a server before has
   * written down already is `known`, or `other` where another one had that place.
   */
  append(offset: number, channel: string, hash: string, upstream?: number | null): Entry | 'known' | 'other' {
    const life = this.#lives.length - 1;
    const of = this.#lives[life];
    if (of === undefined) throw new Error('an entry before any log');
    if (offset <= of.forgottenUpTo) return 'known';
    const at = of.upTo(offset);
    const before = of.entries[at - 1];
    if (before?.offset === offset) {
      const isSame = before.channel === channel && before.hash === hash && before.upstream === upstream;
      return isSame ? 'known' : 'other';
    }
    const entry: Entry = { life, offset, channel, hash, ...(upstream !== undefined && { upstream }) };
    of.entries.splice(at, 0, entry);
    this.count++;
    return entry;
  }

  /** The number of the newest log, -1 when there is none. */
  get life(): number {
    return this.#lives.length - 1;
  }

  /** Entries that are not forgotten. */
  get held(): number {
    return this.#lives.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  lifeOf(epoch: string): number | undefined {
    return this.#byEpoch.get(epoch);
  }

  get({ life, offset }: Place): Entry | undefined {
    const of = this.#lives[life];
    const entry = of?.entries[of.upTo(offset) - 1];
    return entry?.offset === offset ? entry : undefined;
  }

  /** Whether it is the newest of its log. */
  isLast({ life, offset }: Place): boolean {
    return this.#lives[life]?.entries.at(-1)?.offset === offset;
  }

  /** Entries above a place, in order, up to and without another one; without one, all. */
  *between(from: Place, to?: Place): Generator<Entry> {
    const last = Math.min(to?.life ?? this.life, this.life);
    for (let life = Math.max(from.life, 0); life <= last; life++) {
      const of = this.#lives[life];
      if (of === undefined) continue;
      for (let at = life === from.life ? of.upTo(from.offset) : 0; at < of.entries.length; at++) {
        const entry = of.entries[at] as Entry;
        if (to && compare(entry, to) >= 0) return;
        yield entry;
      }
    }
  }

  /** Entries of one log not above an offset, the newest first. */
  *back({ life, offset }: Place): Generator<Entry> {
    const of = this.#lives[life];
    for (let at = (of?.upTo(offset) ?? 0) - 1; at >= 0; at--) yield of?.entries[at] as Entry;
  }

  /** Forgets what lies before a place, but for so many entries of its log. */
  forget({ life, offset }: Place, kept: number): void {
    for (const [index, of] of this.#lives.entries()) {
      if (index < life) of.entries.length = 0;
      if (index !== life) continue;
      const gone = of.upTo(offset) - kept;
      // Not one by one: cutting an array at its front moves all the rest.
      if (gone > kept) of.forgottenUpTo = of.entries.splice(0, gone).at(-1)?.offset ?? 0;
    }
  }
}
