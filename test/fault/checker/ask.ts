import { type FilterSet, type Match, matcherOf, type ReplayRequest, without } from '@zerospan/shared';
import { type Entry, isUpstream, keyOf, type Ledger, type Place } from './ledger.ts';

/** Whether an entry has to be given, or told as missing; may be given; or must not. */
export type Due = 'must' | 'may' | 'never';

/** What the judge of one subscriber knows about its client. */
export interface Home {
  readonly ledger: Ledger;
  /** Logs that greeted this client: of another one it cannot be given anything, nor be told of its end. */
  readonly welcomed: ReadonlySet<number>;
  /** Whether the log was long enough to hold the history that was asked for. */
  readonly holdsHistory: boolean;
}

/** One subscription as it was asked for, and what the protocol makes due for it. */
export class Ask {
  readonly #home: Home;
  readonly #ever: Match;
  readonly #replay: ReplayRequest | undefined;
  #set: FilterSet;
  #now: Match;
  #granted: Place | undefined;
  /** With `last`: what was among the last n when it was granted. */
  #lasts: ReadonlySet<string> = new Set();

  constructor(home: Home, set: FilterSet, replay: ReplayRequest | undefined) {
    this.#home = home;
    this.#set = set;
    this.#ever = this.#now = matcherOf(set);
    this.#replay = replay;
  }

  get granted(): Place | undefined {
    return this.#granted;
  }

  grant(place: Place): void {
    this.#granted = place;
    if (this.#replay && 'last' in this.#replay) this.#lasts = this.#lastOf(this.#replay.last, place);
  }

  remove(gone: FilterSet): void {
    this.#set = without(this.#set, gone);
    this.#now = matcherOf(this.#set);
  }

  matchesNow(channel: string): boolean {
    return this.#now(channel);
  }

  /** Before anything that is due. */
  get start(): Place {
    const granted = this.#granted;
    if (granted === undefined) throw new Error('it was not granted');
    const replay = this.#replay;
    if (replay === undefined) return granted;
    if ('since' in replay) {
      const life = this.#home.ledger.lifeOf(replay.since.epoch) ?? granted.life;
      return {
        life,
        offset: Math.min(replay.since.offset, life === granted.life ? granted.offset : replay.since.offset),
      };
    }
    const offsets = [...this.#lasts].map((key) => Number(key.slice(key.indexOf(':') + 1)));
    return { life: granted.life, offset: Math.min(granted.offset, ...offsets.map((offset) => offset - 1)) };
  }

  /** @param reached the log that the subscriber has come to */
  due(entry: Entry, reached: number): Due {
    const due = this.#due(entry, reached);
    return due === 'must' && !this.#now(entry.channel) ? 'may' : due;
  }

  #due(entry: Entry, reached: number): Due {
    const granted = this.#granted;
    if (granted === undefined || !this.#ever(entry.channel)) return 'never';
    if (entry.life > granted.life) return this.#home.welcomed.has(entry.life) ? 'must' : 'may';
    const replay = this.#replay;
    if (entry.life === granted.life && entry.offset > granted.offset) return 'must';
    if (replay === undefined) return 'never';
    if ('last' in replay) {
      if (entry.life < granted.life) return 'never';
      // It asks for what there is: not for what a log that has ended had. And what was cut in the middle goes on with
      // everything.
      const isThere = this.#home.holdsHistory && reached === granted.life;
      return isThere && this.#lasts.has(keyOf(entry)) ? 'must' : 'may';
    }
    if ('sinceMs' in replay) return 'may';
    const since = this.#home.ledger.lifeOf(replay.since.epoch);
    if (since === undefined) return 'may';
    if (entry.life === since) return entry.offset > replay.since.offset ? 'must' : 'never';
    // Logs between the two never greeted whoever asks.
    return entry.life === granted.life ? 'must' : 'may';
  }

  #lastOf(n: number, place: Place): Set<string> {
    const counts = new Map<string, number>();
    const lasts = new Set<string>();
    for (const entry of this.#home.ledger.back(place)) {
      if (isUpstream(entry) || !this.#ever(entry.channel)) continue;
      const count = (counts.get(entry.channel) ?? 0) + 1;
      counts.set(entry.channel, count);
      if (count <= n) lasts.add(keyOf(entry));
    }
    return lasts;
  }
}
