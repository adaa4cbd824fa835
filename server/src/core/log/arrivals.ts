import { uncaught } from '../reports.ts';
import { ZEROMQ_USER } from '../sharing/fair-share.ts';
import { type About, Held } from './hot/held.ts';
import type { Hot } from './hot/hot.ts';
import { Slabs } from './hot/slabs.ts';
import type { Append, Entry, LogChange } from './log.ts';
import type { StoredEntry } from './store.ts';
import { type Placed, placeGap, placePublication, type Room } from './text.ts';

/** What an entry has of its append. */
type Appending = Pick<Append, 'payload' | 'republish' | 'user' | 'origin' | 'tally'>;

interface Follower {
  readonly entry: (entry: Entry) => void;
  readonly changed: ((change: LogChange) => void) | undefined;
}

/** Entries as they come onto a log: each gets its text and its place in memory, and goes to those who follow. */
export class Arrivals {
  /** Offset of the newest entry; 0 when there is none. */
  head = 0;
  epoch: string;
  hot: Hot;
  readonly #slabs = new Slabs();
  readonly #followers = new Set<Follower>();
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure called with what a follower throws: the entry is on the log, and the others are called */
  constructor(hot: Hot, epoch: string, onFailure: (error: unknown) => void = uncaught) {
    this.hot = hot;
    this.epoch = epoch;
    this.#onFailure = onFailure;
  }

  /** Another epoch begins: what memory holds is of it alone. */
  begin(hot: Hot, epoch: string, head: number): void {
    this.hot = hot;
    this.epoch = epoch;
    this.head = head;
  }

  /** @param atMs when it comes, by the log's `elapsed` */
  publication(offset: number, time: number, channel: string, of: Appending, atMs: number): void {
    this.head = offset;
    const { payload, republish, user = ZEROMQ_USER, origin, tally } = of;
    const placed = placePublication(this.#slabs, offset, time, channel, payload);
    // The one string that all entries of a channel share: what came with this one may be a slice of a whole message.
    const home = this.hot.obtain(channel, user);
    const about: About = { kind: 'publication', offset, time, channel: home.name, republish, origin, tally };
    this.hot.add(about, placed, home, atMs);
    this.#handOver(about, placed);
  }

  /** An upstream gap. @param missed how many publications it reports; null when unknown */
  gap(offset: number, time: number, channel: string, missed: number | null, atMs: number): void {
    this.head = offset;
    const placed = placeGap(this.#slabs, { channel, epoch: this.epoch, from: offset, missed });
    const home = this.hot.obtainForGap(channel);
    const about: About = { kind: 'gap', offset, time, channel: home.name, republish: false };
    this.hot.addGap(about, placed, home, atMs, missed);
    this.#handOver(about, placed);
  }

  /** An entry that was there before: nobody follows it. */
  restored(stored: StoredEntry, atMs: number): void {
    const { kind, channel, user, stands } = stored;
    const placed = placedOf(stored, this.epoch, this.#slabs);
    const home = kind === 'gap' ? this.hot.obtainForGap(channel) : this.hot.obtain(channel, user);
    const about: About = { ...aboutOf(stored), channel: home.name };
    if (kind === 'gap') this.hot.addGap(about, placed, home, atMs, stands);
    else this.hot.add(about, placed, home, atMs);
  }

  /** Those who follow are called with a change, behind all entries of before. */
  change(change: LogChange): void {
    for (const { changed } of this.#followers) {
      try {
        changed?.(change);
      } catch (error) {
        this.#onFailure(error);
      }
    }
  }

  follow(entry: (entry: Entry) => void, changed?: (change: LogChange) => void): () => void {
    const follower: Follower = { entry, changed };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #handOver(about: About, placed: Placed): void {
    const held = new Held(about, placed);
    for (const { entry } of this.#followers) {
      try {
        entry(held);
      } catch (error) {
        this.#onFailure(error);
      }
    }
  }
}

/** An entry that a store has, as it is handed out. */
export function entryOf(stored: StoredEntry, epoch: string, room: Room): Entry {
  return new Held(aboutOf(stored), placedOf(stored, epoch, room));
}

function aboutOf({ kind, offset, time, channel, republish }: StoredEntry): About {
  return { kind, offset, time, channel, republish };
}

function placedOf(
  { kind, offset, time, channel, payload, stands }: StoredEntry,
  epoch: string,
  room: Room,
): Placed {
  return kind === 'gap'
    ? placeGap(room, { channel, epoch, from: offset, missed: stands })
    : placePublication(room, offset, time, channel, payload);
}
