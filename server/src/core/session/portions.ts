import type { FilterSet } from '@zerospan/shared';
import type { Fanout } from '../fanout/fanout.ts';
import { joined } from '../log/frame.ts';
import type { Chunk, Log, Want } from '../log/log.ts';
import type { Catching } from './catchup.ts';
import type { Asked, LogReads } from './log-reads.ts';
import { STEP } from './step.ts';

/** What one read from one place came to, put together once for all who are there. */
export interface Portion {
  /** What is in it, in order. Offsets alone: entries would keep alive what the log has let go of. */
  readonly offsets: readonly number[];
  /** Everything wanted up to here is in it. */
  readonly upTo: number;
  readonly frames: Buffer;
  /** Bytes of the texts in `frames`: what windows count. */
  readonly textBytes: number;
}

/**
 * A portion, and where the log began when it was read. `isLost`: something above that place is gone, so each must read
 * by itself, now and later.
 */
interface Read {
  readonly kind: 'read';
  readonly portion: Portion | undefined;
  readonly isLost: boolean;
  readonly oldest: number;
}

/** One has asked the log, and others wait for its answer. */
interface Asking {
  readonly kind: 'asked';
  readonly waiting: Set<Catching>;
  /** It takes long: nobody waits for it any more but the one that asked. */
  isSlow: boolean;
}

/** By the offset above which something was read. */
type Places = Map<number, Read | Asking>;

/** Portions kept, of up to 64 KiB each and one entry. */
export const PORTIONS = 64;

/**
 * A portion that would go on past a multiple of this many offsets ends there. Sessions stumble one after another, each
 * with a cursor of its own; from the first such place on they are at the same ones, and share what they read.
 */
export const MEETING_OFFSETS = 4_096;

/**
 * What sessions that are behind read alike. A crowd with the same filters falls behind in the same moment, and all of
 * it is at the same cursor then: read and put together by each for itself, catching up cost ten times what fan-out had
 * cost, so that a server that was busy when its clients stumbled did not catch up any more.
 */
export class Portions {
  readonly #log: Log;
  readonly #fanout: Fanout;
  readonly #reads: LogReads;
  readonly #call: (who: Catching) => void;
  readonly #byFilters = new WeakMap<FilterSet, Places>();
  /** The oldest first. */
  #kept: { readonly places: Places; readonly after: number }[] = [];

  /** @param call calls those who have waited for the read of another */
  constructor(log: Log, fanout: Fanout, reads: LogReads, call: (who: Catching) => void) {
    this.#log = log;
    this.#fanout = fanout;
    this.#reads = reads;
    this.#call = call;
  }

  /**
   * What these filters want above an offset. From the tail it comes at once, so that looking and going live are one
   * turn; from the log later.
   * @param filters the very object that all of a crowd have
   * @param who asks, and is called when the answer has come to another who asked before
   * @returns `alone` if whoever asks must read by itself: something was lost there
   */
  above(
    filters: FilterSet,
    after: number,
    who: Catching,
    use: (portion: Portion) => void,
  ): Asked | 'alone' | 'waits' {
    const places: Places = this.#byFilters.get(filters) ?? new Map();
    this.#byFilters.set(filters, places);
    const known = places.get(after);
    if (known?.kind === 'asked' && !known.isSlow) {
      known.waiting.add(who);
      return 'waits';
    }
    if (known?.kind === 'read' && this.#isValid(known, after)) return taken(known, use);
    const { tail } = this.#fanout;
    const want = { filter: filters, after };
    // The tail keeps no age: what the log has let go of is not given from there either.
    if (after >= this.#log.oldest - 1 && tail.covers(after)) {
      const read = this.#taken(after, tail.read({ after, wants: [want], ...STEP }));
      this.#keep(places, after, read);
      return taken(read, use);
    }
    return this.#ask(places, want, who, use);
  }

  /** Forgets everything: it is of another log. */
  clear(): void {
    for (const { places, after } of this.#kept.splice(0)) {
      const known = places.get(after);
      places.delete(after);
      if (known?.kind === 'asked') this.#callAll(known);
    }
  }

  #ask(
    places: Places,
    want: Want,
    { user }: Catching,
    use: (portion: Portion) => void,
  ): Asked | 'alone' | 'waits' {
    const { after } = want;
    const asking: Asking = { kind: 'asked', waiting: new Set(), isSlow: false };
    let now: Read | undefined;
    const came = (chunk: Chunk<Want>): void => {
      now = this.#taken(after, chunk);
      const waiting = places.get(after);
      // It may have been let go of meanwhile, or another may have asked since, because this took so long.
      if (waiting?.kind === 'asked') places.set(after, now);
      for (const all of [asking, waiting]) if (all?.kind === 'asked') this.#callAll(all);
      if (now.portion) use(now.portion);
    };
    const question = (log: Log): Chunk<Want> | Promise<Chunk<Want>> =>
      log.read({ after, wants: [want], ...STEP });
    const asked = this.#reads.ask(user, question, came, () => {
      // Who asks next asks the log once more, for all who wait then.
      asking.isSlow = true;
      this.#callAll(asking);
    });
    if (asked === undefined && now) {
      this.#keep(places, after, now);
      return now.portion ? undefined : 'alone';
    }
    if (!(asked instanceof Promise)) return asked;
    this.#keep(places, after, asking);
    return asked.catch((error: unknown) => {
      if (places.get(after) === asking) places.delete(after);
      this.#callAll(asking);
      throw error;
    });
  }

  #callAll({ waiting }: Asking): void {
    for (const who of waiting) this.#call(who);
    waiting.clear();
  }

  /** Whether what it came to still holds: it leads on, and nothing of it is gone. */
  #isValid({ portion, isLost, oldest }: Read, after: number): boolean {
    if (portion === undefined) return isLost;
    if (portion.upTo <= after) return false;
    return after >= this.#log.oldest - 1 || oldest === this.#log.oldest;
  }

  #taken(after: number, chunk: Chunk<Want>): Read {
    const { head } = this.#fanout;
    const { oldest } = this.#log;
    if (chunk.losses.length > 0) return { kind: 'read', portion: undefined, isLost: true, oldest };
    const { entries, upTo } = chunk.upTo < head ? upToMeeting(after, chunk) : upToHead(head, chunk);
    const textBytes = entries.reduce((sum, entry) => sum + entry.textBytes, 0);
    // A copy also of a single frame: it would keep its slab for as long as the portion is kept.
    const frames = entries.length === 1 ? Buffer.from(joined(entries)) : joined(entries);
    const offsets = entries.map(({ offset }) => offset);
    return { kind: 'read', portion: { offsets, upTo, frames, textBytes }, isLost: false, oldest };
  }

  #keep(places: Places, after: number, read: Read | Asking): void {
    if (!places.has(after)) this.#kept.push({ places, after });
    places.set(after, read);
    while (this.#kept.length > PORTIONS) {
      const oldest = this.#kept.shift();
      oldest?.places.delete(oldest.after);
    }
  }
}

function taken({ portion }: Read, use: (portion: Portion) => void): undefined | 'alone' {
  if (!portion) return 'alone';
  use(portion);
  return undefined;
}

/** What the log has above fan-out's head will still come by fan-out. */
function upToHead(head: number, { entries, upTo }: Chunk<Want>): Pick<Chunk<Want>, 'entries' | 'upTo'> {
  return upTo === head
    ? { entries, upTo }
    : { entries: entries.filter(({ offset }) => offset <= head), upTo: head };
}

/** A chunk up to the last meeting place in it. */
function upToMeeting(after: number, { entries, upTo }: Chunk<Want>): Pick<Chunk<Want>, 'entries' | 'upTo'> {
  const meeting = Math.floor(upTo / MEETING_OFFSETS) * MEETING_OFFSETS;
  if (meeting <= after || meeting === upTo) return { entries, upTo };
  return { entries: entries.filter(({ offset }) => offset <= meeting), upTo: meeting };
}
