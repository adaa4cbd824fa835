import type { FilterSet } from '@zerospan/shared';
import type { Fanout } from '../fanout/fanout.ts';
import { joined } from '../log/frame.ts';
import type { Chunk, Log, Want } from '../log/log.ts';
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
 * A portion, and where the log stood when it was read. `lost`: something above that place is gone, so each must read by
 * itself, now and later.
 */
interface Read {
  readonly portion: Portion | undefined;
  readonly isLost: boolean;
  readonly head: number;
  readonly oldest: number;
}

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
  readonly #byFilters = new WeakMap<FilterSet, Map<number, Read | Promise<Read>>>();
  /** The oldest first. */
  #kept: { readonly places: Map<number, Read | Promise<Read>>; readonly after: number }[] = [];

  constructor(log: Log, fanout: Fanout) {
    this.#log = log;
    this.#fanout = fanout;
  }

  /**
   * What these filters want above an offset. From the tail it comes at once, so that looking and going live are one
   * turn; from the log later.
   * @param filters the very object that all of a crowd have
   * @returns undefined, now or later, if whoever asks must read by itself: something was lost there
   */
  above(filters: FilterSet, after: number): Portion | undefined | Promise<Portion | undefined> {
    const places = this.#byFilters.get(filters) ?? new Map<number, Read | Promise<Read>>();
    this.#byFilters.set(filters, places);
    const known = places.get(after);
    if (known instanceof Promise) return known.then(({ portion }) => portion);
    if (known && this.#isValid(known, after)) return known.portion;
    const read = this.#read(filters, after);
    this.#keep(places, after, read);
    return read instanceof Promise ? read.then(({ portion }) => portion) : read.portion;
  }

  /**
   * Whether a read made now would come to the same: it stopped at its bounds, or nothing has come since, and nothing of
   * it is gone.
   */
  #isValid({ portion, isLost, head, oldest }: Read, after: number): boolean {
    if (portion === undefined) return isLost;
    if (portion.upTo >= head && head !== this.#fanout.head) return false;
    return after >= this.#log.oldest - 1 || oldest === this.#log.oldest;
  }

  #read(filters: FilterSet, after: number): Read | Promise<Read> {
    const want = { filter: filters, after };
    const { tail } = this.#fanout;
    // The tail keeps no age: what the log has let go of is not given from there either.
    if (after >= this.#log.oldest - 1 && tail.covers(after)) {
      return this.#taken(after, tail.read({ after, wants: [want], ...STEP }));
    }
    return this.#log.read({ after, wants: [want], ...STEP }).then((chunk) => this.#taken(after, chunk));
  }

  #taken(after: number, chunk: Chunk<Want>): Read {
    const { head } = this.#fanout;
    const { oldest } = this.#log;
    const isLost = chunk.losses.length > 0;
    // What the log has above fan-out's head will still come by fan-out.
    if (isLost || chunk.upTo > head) return { portion: undefined, isLost, head, oldest };
    const { entries, upTo } = chunk.upTo < head ? upToMeeting(after, chunk) : chunk;
    const textBytes = entries.reduce((sum, entry) => sum + entry.textBytes, 0);
    // A copy also of a single frame: it would keep its slab for as long as the portion is kept.
    const frames = entries.length === 1 ? Buffer.from(joined(entries)) : joined(entries);
    const offsets = entries.map(({ offset }) => offset);
    return { portion: { offsets, upTo, frames, textBytes }, isLost, head, oldest };
  }

  #keep(places: Map<number, Read | Promise<Read>>, after: number, read: Read | Promise<Read>): void {
    if (!places.has(after)) this.#kept.push({ places, after });
    places.set(after, read);
    if (read instanceof Promise) {
      const settled = (answer: Read | undefined): void => {
        if (places.get(after) !== read) return;
        if (answer) places.set(after, answer);
        else places.delete(after);
      };
      read.then(settled, () => settled(undefined));
    }
    while (this.#kept.length > PORTIONS) {
      const oldest = this.#kept.shift();
      oldest?.places.delete(oldest.after);
    }
  }
}

/** A chunk up to the last meeting place in it. */
function upToMeeting(after: number, { entries, upTo }: Chunk<Want>): Pick<Chunk<Want>, 'entries' | 'upTo'> {
  const meeting = Math.floor(upTo / MEETING_OFFSETS) * MEETING_OFFSETS;
  if (meeting <= after || meeting === upTo) return { entries, upTo };
  return { entries: entries.filter(({ offset }) => offset <= meeting), upTo: meeting };
}
