import { unionOf } from '@zerospan/shared';
import type { Page, PageQuestion } from '../history.ts';
import type { Chunk, Interest, Loss, Read } from '../log.ts';
import type { Scannable, Scanned } from '../store.ts';
import { Gathering } from './gathering.ts';
import { type LastSearch, LastSearches } from './last-search.ts';
import { type Beneath, pageBackwards, pageForwards, type ReadFrom } from './pages.ts';

/**
 * How a log is read, whatever keeps it: each `Interest`, `onlyNewest`, the last n, losses and skips. It reads from
 * memory what is there, else from the store beneath.
 */
export class LogReader {
  readonly #from: ReadFrom;
  readonly #searches = new LastSearches();

  constructor(from: ReadFrom) {
    this.#from = from;
  }

  /** From memory at once, from a store later. */
  read<W extends Interest>(read: Read<W>): Chunk<W> | Promise<Chunk<W>> {
    const { beneath } = this.#from;
    const hot = this.#from.hot();
    if (beneath && read.after < hot.from) return this.#readStored(read, beneath);
    return this.fromMemory(read);
  }

  page(question: PageQuestion): Promise<Page> {
    if (question.order === 'backwards') return pageBackwards(question, this.#from);
    return pageForwards(question, this.#from.head(), (read) => this.read(read));
  }

  /** What a read finds in memory, where it lies above all that has left it, or nothing has gone to a store. */
  fromMemory<W extends Interest>(read: Read<W>): Chunk<W> {
    const { beneath } = this.#from;
    const hot = this.#from.hot();
    const { after, interests, last } = read;
    // Should memory be ahead of the reader once more, it is searched again.
    if (last && beneath) this.#searches.end(last);
    const gathering = new Gathering(
      read,
      (at) => hot.isNewest(at),
      last && ((at) => hot.isAmongLast(at, last)),
    );
    this.#gatherHot(gathering, interests);
    // Where a store is beneath, nothing above `hot.from` was lost.
    if (!beneath) {
      const before = hot.searched;
      gathering.losses = hot.losses(Math.max(after, last?.asOf ?? 0), interests);
      gathering.searched = hot.searched - before;
    }
    const chunk = gathering.chunk();
    if (!last) return chunk;
    const mayLackLast = beneath
      ? beneath.store.droppedUpTo > 0
      : interests.some(({ filter }) => hot.mayLackLast(filter));
    return { ...chunk, mayLackLast };
  }

  #gatherHot<W extends Interest>(gathering: Gathering<W>, interests: readonly W[]): void {
    const hot = this.#from.hot();
    const { upTo, room } = gathering;
    const filters = interests.map(({ filter }) => filter);
    const isAll = hot.forwards(upTo, filters, room, gathering.visit);
    if (isAll) gathering.upTo = Math.max(upTo, this.#from.head());
  }

  async #readStored<W extends Interest>(
    read: Read<W>,
    { store, entryOf, turns }: Beneath,
  ): Promise<Chunk<W>> {
    const hot = this.#from.hot();
    const { after, interests, last, bytes } = read;
    const filter = unionOf(interests.map((interest) => interest.filter));
    // Above `asOf` everything is due.
    const search = last && after < last.asOf ? this.#searches.of(last, filter) : undefined;
    const gathering = new Gathering(read, (at) => hot.isNewest(at), search && ((at) => search.isDue(at)));
    if (search) {
      gathering.scanned = await this.#searches.step(search, hot, store, read.scan);
      if (!search.isDone || gathering.room <= 0) return this.#stored(gathering, read, store);
      gathering.upTo = Math.max(after, search.floor);
    }
    const begin = gathering.upTo;
    const upTo = hot.from;
    let isAll = true;
    if (begin < upTo) {
      const reportedTo = Math.max(after, last?.asOf ?? 0);
      const scanned = await store.scan({
        order: 'forwards',
        after: begin,
        upTo,
        filter,
        entries: gathering.room,
        bytes,
        dropped: interests.map((interest) => ({
          filter: interest.filter,
          from: fromOf(interest, reportedTo),
        })),
      });
      gathering.losses = lossesOf(interests, scanned);
      gathering.searched = scanned.searched;
      const taking = gathering.takeStored(scanned, entryOf);
      let taken = taking.next();
      for (; !taken.done; taken = taking.next()) await turns.wait();
      isAll = taken.value;
    }
    // More may have left memory meanwhile.
    if (isAll && gathering.upTo >= hot.from && gathering.room > 0) this.#gatherHot(gathering, interests);
    if (last && search) this.#endSearch(gathering, last, search, read);
    return this.#stored(gathering, read, store);
  }

  /** Which of what a store has dropped was the last of its channel, it does not say. */
  #stored<W extends Interest>(
    gathering: Gathering<W>,
    { last }: Read<W>,
    { droppedUpTo }: Scannable,
  ): Chunk<W> {
    const chunk = gathering.chunk();
    return last ? { ...chunk, mayLackLast: droppedUpTo > 0 } : chunk;
  }

  #endSearch<W extends Interest>(
    gathering: Gathering<W>,
    last: NonNullable<Read['last']>,
    search: LastSearch,
    { after, interests }: Read<W>,
  ): void {
    if (search.isGivenUp) {
      const lost = interests.filter((interest) => fromOf(interest, after) < last.asOf);
      gathering.losses = [
        ...lost.map((interest) => ({ interest, first: null, to: last.asOf, missed: null })),
        ...gathering.losses,
      ];
    }
    if (gathering.upTo >= last.asOf) this.#searches.end(last);
  }
}

/** The offset above which the losses of an `Interest` are asked for. */
function fromOf({ after, reportedUpTo = 0 }: Interest, above: number): number {
  return Math.max(above, after, reportedUpTo);
}

function lossesOf<W extends Interest>(interests: readonly W[], { dropped }: Scanned): Loss<W>[] {
  return interests.flatMap((interest, i) => {
    const answer = dropped[i];
    return answer ? [{ interest, ...answer }] : [];
  });
}
