import { unionOf } from '@zerospan/shared';
import type { Page, PageQuestion } from '../history.ts';
import type { Chunk, Loss, Read, Want } from '../log.ts';
import type { Scanned } from '../store.ts';
import { Gathering } from './gathering.ts';
import { type LastSearch, LastSearches } from './last-search.ts';
import { type Beneath, pageBackwards, pageForwards, type ReadFrom } from './pages.ts';

/**
 * How a log is read, whatever keeps it: each `Want`, `onlyNewest`, the last n, losses and skips. It reads from memory
 * what is there, else from the store beneath.
 */
export class LogReader {
  readonly #from: ReadFrom;
  readonly #searches = new LastSearches();

  constructor(from: ReadFrom) {
    this.#from = from;
  }

  /** From memory at once, from a store later. */
  read<W extends Want>(read: Read<W>): Chunk<W> | Promise<Chunk<W>> {
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
  fromMemory<W extends Want>(read: Read<W>): Chunk<W> {
    const { beneath } = this.#from;
    const hot = this.#from.hot();
    const { after, wants, last } = read;
    // Should memory be ahead of the reader once more, it is searched again.
    if (last && beneath) this.#searches.end(last);
    const gathering = new Gathering(
      read,
      (at) => hot.isNewest(at),
      last && ((at) => hot.isAmongLast(at, last)),
    );
    this.#gatherHot(gathering, wants);
    // Where a store is beneath, nothing above `hot.from` was lost.
    if (!beneath) {
      const before = hot.searched;
      gathering.losses = hot.losses(Math.max(after, last?.asOf ?? 0), wants);
      gathering.searched = hot.searched - before;
    }
    return gathering.chunk();
  }

  #gatherHot<W extends Want>(gathering: Gathering<W>, wants: readonly W[]): void {
    const hot = this.#from.hot();
    const { upTo, room } = gathering;
    const filters = wants.map(({ filter }) => filter);
    const isAll = hot.forwards(upTo, filters, room, gathering.visit);
    if (isAll) gathering.upTo = Math.max(upTo, this.#from.head());
  }

  async #readStored<W extends Want>(read: Read<W>, { store, entryOf }: Beneath): Promise<Chunk<W>> {
    const hot = this.#from.hot();
    const { after, wants, last, bytes } = read;
    const filter = unionOf(wants.map((want) => want.filter));
    // Above `asOf` everything is due.
    const search = last && after < last.asOf ? this.#searches.of(last, filter) : undefined;
    const gathering = new Gathering(read, (at) => hot.isNewest(at), search && ((at) => search.isDue(at)));
    if (search) {
      gathering.scanned = await this.#searches.step(search, hot, store, read.scan);
      if (!search.isDone || gathering.room <= 0) return gathering.chunk();
      gathering.upTo = Math.max(after, search.floor);
    }
    const begin = gathering.upTo;
    const upTo = hot.from;
    let isAll = true;
    if (begin < upTo) {
      const told = Math.max(after, last?.asOf ?? 0);
      const scanned = await store.scan({
        order: 'forwards',
        after: begin,
        upTo,
        filter,
        entries: gathering.room,
        bytes,
        dropped: wants.map((want) => ({ filter: want.filter, from: fromOf(want, told) })),
      });
      gathering.losses = lossesOf(wants, scanned);
      gathering.searched = scanned.searched;
      isAll = gathering.takeStored(scanned, entryOf);
    }
    // More may have left memory meanwhile.
    if (isAll && gathering.upTo >= hot.from && gathering.room > 0) this.#gatherHot(gathering, wants);
    if (last && search) this.#endSearch(gathering, last, search, read);
    return gathering.chunk();
  }

  #endSearch<W extends Want>(
    gathering: Gathering<W>,
    last: NonNullable<Read['last']>,
    search: LastSearch,
    { after, wants }: Read<W>,
  ): void {
    if (search.isGivenUp) {
      const lost = wants.filter((want) => fromOf(want, after) < last.asOf);
      gathering.losses = [
        ...lost.map((want) => ({ want, to: last.asOf, missed: null })),
        ...gathering.losses,
      ];
    }
    if (gathering.upTo >= last.asOf) this.#searches.end(last);
  }
}

/** The offset above which the losses of a `Want` are asked for. */
function fromOf({ after, toldUpTo = 0 }: Want, above: number): number {
  return Math.max(above, after, toldUpTo);
}

function lossesOf<W extends Want>(wants: readonly W[], { dropped }: Scanned): Loss<W>[] {
  return wants.flatMap((want, i) => {
    const answer = dropped[i];
    return answer ? [{ want, ...answer }] : [];
  });
}
