import type { FilterSet } from '@zerospan/shared';
import type { Encoding } from '../../fanout/encoding.ts';
import type { Fanout } from '../../fanout/fanout.ts';
import type { Chunk, Interest, Log } from '../../log/log.ts';
import type { EndOfTurn } from '../../time-slicer.ts';
import type { Catching } from './catchup.ts';
import { JointReads } from './joint-reads.ts';
import type { Asked, LogReads } from './log-reads.ts';
import { offsetsOf, STEP } from './step.ts';

/** What one read from one place came to, encoded once for all who are there. */
export interface SharedRead {
  /** What is in it, in order. Offsets alone: entries would keep alive what the log has let go of. */
  readonly offsets: readonly number[];
  /** Everything up to here that matches is in it. */
  readonly upTo: number;
  readonly encoded: Buffer;
  /** Bytes of the texts in it: what windows count. */
  readonly textBytes: number;
}

/**
 * A shared read, and where the log began when it was made. `isLost`: something above that place is gone, so each must
 * read by itself, now and later.
 */
interface Read {
  readonly shared: SharedRead | undefined;
  readonly isLost: boolean;
  readonly droppedUpTo: number;
}

/** One has asked the log, and others wait for its answer. */
interface Asking extends Place {
  readonly waiting: Set<Catching>;
  /** It takes long: nobody waits for it any more but the one that asked. */
  isSlow: boolean;
}

/** What sessions of one encoding read with the same filters, by the offset above which it was read. */
interface Places {
  readonly encoding: Encoding;
  readonly reads: Map<number, Read>;
  readonly asked: Map<number, Asking>;
}

/** Where one of these reads is kept. */
interface Place {
  readonly places: Places;
  readonly after: number;
}

/** One that shares what is read. */
export interface Sharing {
  readonly who: Catching;
  /** Whether it can still use what comes. */
  readonly isFit: () => boolean;
  /** Called with what came, even if it cannot: it asks again then. */
  readonly use: (shared: SharedRead) => void;
}

/** What is read from, and when joint reads begin. */
export interface SharedFrom {
  readonly log: Log;
  readonly fanout: Fanout;
  readonly reads: LogReads;
  readonly endOfTurn: EndOfTurn;
}

const NOTHING = Buffer.alloc(0);

/** Shared reads kept, of up to 64 KiB each and one entry. */
export const SHARED_READS = 64;

/**
 * Sessions stumble one after another, each with a cursor of its own. A shared read ends at a place where they meet, if
 * there is one in it; from there on they are at the same ones, and share what they read. Meeting places are multiples
 * of a power of two of offsets, of two to four times what the read spans: however many offsets the log leaves out,
 * about every third read has one.
 */
export function meetingStep(span: number): number {
  return 2 ** (Math.floor(Math.log2(span)) + 2);
}

/**
 * What sessions that are behind read alike. A crowd with the same filters falls behind in the same moment, and all of
 * it is at the same cursor then: read and put together by each for itself, catching up cost ten times what fan-out had
 * cost, so that a server that was busy when its clients stumbled did not catch up any more.
 */
export class SharedReads {
  readonly #log: Log;
  readonly #fanout: Fanout;
  readonly #reads: LogReads;
  readonly #joint: JointReads;
  readonly #call: (who: Catching) => void;
  readonly #byEncoding = new WeakMap<Encoding, WeakMap<FilterSet, Places>>();
  /** The oldest first. Not those under way, of which a session has one at a time. */
  #kept: Place[] = [];
  readonly #asked = new Set<Asking>();
  /** Of the log: one more with each that takes the place of another. */
  #generation = 0;

  /** @param call calls those who have waited for the read of another */
  constructor({ log, fanout, reads, endOfTurn }: SharedFrom, call: (who: Catching) => void) {
    this.#log = log;
    this.#fanout = fanout;
    this.#reads = reads;
    this.#joint = new JointReads(reads, endOfTurn);
    this.#call = call;
  }

  /**
   * What matches these filters above an offset. From the tail it comes at once, so that reading and going live are one
   * turn; from the log later.
   * @param filters the very object that all of a crowd have
   * @param sharing who asks is called when the answer has come to another session that asked before
   * @returns `alone` if the session must read by itself: something was lost there
   */
  above(encoding: Encoding, filters: FilterSet, after: number, sharing: Sharing): Asked | 'alone' | 'waits' {
    const places = this.#placesOf(encoding, filters);
    const asking = places.asked.get(after);
    if (asking && !asking.isSlow) {
      asking.waiting.add(sharing.who);
      return 'waits';
    }
    const known = places.reads.get(after);
    if (known && this.#isValid(known, after)) return taken(known, sharing.use);
    const { tail } = this.#fanout;
    const interest = { filter: filters, after };
    // The tail keeps no age: what the log has let go of is not given from there either.
    if (after >= this.#log.droppedUpTo && tail.covers(after)) {
      const chunk = tail.read({ after, interests: [interest], ...STEP });
      const read = this.#taken(places, meetingIn(after, chunk.upTo), chunk);
      this.#keep(places, after, read);
      return taken(read, sharing.use);
    }
    return this.#ask(places, interest, sharing);
  }

  /** Forgets everything: it is of another log. */
  clear(): void {
    for (const { places, after } of this.#kept.splice(0)) places.reads.delete(after);
    for (const asking of this.#asked) this.#answered(asking);
    this.#joint.clear();
    this.#generation++;
  }

  #placesOf(encoding: Encoding, filters: FilterSet): Places {
    let byFilters = this.#byEncoding.get(encoding);
    if (!byFilters) {
      byFilters = new WeakMap();
      this.#byEncoding.set(encoding, byFilters);
    }
    let places = byFilters.get(filters);
    if (!places) {
      places = { encoding, reads: new Map(), asked: new Map() };
      byFilters.set(filters, places);
    }
    return places;
  }

  #ask(
    places: Places,
    interest: Interest,
    { who: { user }, isFit, use }: Sharing,
  ): Asked | 'alone' | 'waits' {
    const { after } = interest;
    const asking: Asking = { places, after, waiting: new Set(), isSlow: false };
    let now: Read | undefined;
    const generation = this.#generation;
    const isJoint = after < this.#log.atHand && after >= this.#log.droppedUpTo;
    const came = (chunk: Chunk<Interest>): void => {
      // An answer of the log before would be given to sessions of this one that stand at the same offset.
      if (generation !== this.#generation) return;
      // All members of a joint read meet where it ends: cut at places of its own, each would be at another one.
      now = this.#taken(places, isJoint ? chunk.upTo : meetingIn(after, chunk.upTo), chunk);
      // Another may have asked since, because this took so long: it answers those who wait for that.
      const waiting = places.asked.get(after);
      if (waiting) {
        this.#keep(places, after, now);
        this.#answered(waiting);
      }
      if (now.shared) use(now.shared);
    };
    const question = (log: Log): Chunk<Interest> | Promise<Chunk<Interest>> =>
      log.read({ after, interests: [interest], ...STEP });
    const slow = (): void => {
      // Who asks next asks the log once more, for all who wait then.
      asking.isSlow = true;
      this.#callAll(asking);
    };
    const isWished = (): boolean => isFit() || asking.waiting.size > 0;
    const asked = isJoint
      ? this.#joint.ask({ user, interest, isWished, use: came, onSlow: slow })
      : this.#reads.ask(user, question, came, slow);
    if (asked === undefined && now) {
      this.#keep(places, after, now);
      return now.shared ? undefined : 'alone';
    }
    if (!(asked instanceof Promise)) return asked;
    // Where one is asked already, it is slow: who waits from now on waits for this.
    places.asked.set(after, asking);
    this.#asked.add(asking);
    // It may end without an answer: then the next one asks again.
    return asked.finally(() => this.#answered(asking));
  }

  /** Nobody waits for it any more, and who asks next asks the log. */
  #answered(asking: Asking): void {
    const { places, after } = asking;
    if (places.asked.get(after) === asking) places.asked.delete(after);
    this.#asked.delete(asking);
    this.#callAll(asking);
  }

  #callAll({ waiting }: Asking): void {
    for (const who of waiting) this.#call(who);
    waiting.clear();
  }

  /** Whether what it came to still holds: it leads on, and nothing of it is gone. */
  #isValid({ shared, isLost, droppedUpTo }: Read, after: number): boolean {
    if (shared === undefined) return isLost;
    if (shared.upTo <= after) return false;
    return after >= this.#log.droppedUpTo || droppedUpTo === this.#log.droppedUpTo;
  }

  /** @param meeting an offset in the chunk, where it ends unless it comes to the head */
  #taken({ encoding }: Places, meeting: number, chunk: Chunk<Interest>): Read {
    const { head } = this.#fanout;
    const { droppedUpTo } = this.#log;
    if (chunk.losses.length > 0) return { shared: undefined, isLost: true, droppedUpTo };
    // What the log has above fan-out's head will still come by fan-out.
    const { entries, upTo } = cut(chunk, chunk.upTo < head ? meeting : head);
    const textBytes = entries.reduce((sum, entry) => sum + entry.textBytes, 0);
    const whole = entries.length === 0 ? NOTHING : encoding.encode(entries);
    // A copy of a single entry: it would keep its slab for as long as the shared read is kept.
    const encoded = entries.length === 1 ? Buffer.from(whole) : whole;
    const offsets = offsetsOf(entries);
    return { shared: { offsets, upTo, encoded, textBytes }, isLost: false, droppedUpTo };
  }

  #keep(places: Places, after: number, read: Read): void {
    if (!places.reads.has(after)) this.#kept.push({ places, after });
    places.reads.set(after, read);
    while (this.#kept.length > SHARED_READS) {
      const oldest = this.#kept.shift();
      oldest?.places.reads.delete(oldest.after);
    }
  }
}

function taken({ shared }: Read, use: (shared: SharedRead) => void): undefined | 'alone' {
  if (!shared) return 'alone';
  use(shared);
  return undefined;
}

/** A chunk up to an offset. */
function cut(chunk: Chunk<Interest>, upTo: number): Pick<Chunk<Interest>, 'entries' | 'upTo'> {
  if (upTo === chunk.upTo) return chunk;
  return { entries: chunk.entries.filter(({ offset }) => offset <= upTo), upTo };
}

/** The last meeting place in what is read above an offset; its end if there is none. */
function meetingIn(after: number, upTo: number): number {
  const step = meetingStep(upTo - after);
  const meeting = Math.floor(upTo / step) * step;
  return meeting > after ? meeting : upTo;
}
