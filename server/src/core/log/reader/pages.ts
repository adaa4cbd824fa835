import type { TimeSlicer } from '../../time-slicer.ts';
import type { Page, PageQuestion } from '../history.ts';
import type { Hot } from '../hot/hot.ts';
import type { Chunk, Entry, Interest, Read } from '../log.ts';
import { matches } from '../matching.ts';
import type { Scannable, StoredEntry } from '../store.ts';

/** A store, and how an entry of it is handed out, in turns that others share. */
export interface Beneath {
  readonly store: Scannable;
  readonly turns: Pick<TimeSlicer, 'wait'>;
  readonly entryOf: (stored: StoredEntry) => Entry;
}

/** What a log is read from. */
export interface ReadFrom {
  /** Its newest entries: others in another epoch. */
  hot(): Hot;
  /** What has all others; left out: there are none. */
  readonly beneath?: Beneath | undefined;
  /** Offset of the newest entry. */
  head(): number;
}

/** A page by offset: one read, cut. */
export async function pageForwards(
  { filter, after, upTo, limit, scan, bytes, reportedUpTo = 0 }: PageQuestion,
  head: number,
  read: <W extends Interest>(read: Read<W>) => Chunk<W> | Promise<Chunk<W>>,
): Promise<Page> {
  const chunk = await read({ after, interests: [{ filter, after, reportedUpTo }], scan, bytes });
  const within = chunk.entries.filter(({ offset }) => offset <= upTo);
  const entries = within.slice(0, limit);
  const cut = within.length > limit ? entries.at(-1)?.offset : undefined;
  const reached = cut ?? Math.min(chunk.upTo, Math.max(after, upTo));
  const isEnd = reached >= Math.min(upTo, head);
  return { entries, reached, isEnd, loss: chunk.losses[0], scanned: chunk.scanned + chunk.searched };
}

/** A page against the order of offsets, from memory, and from the store what has left memory. */
export async function pageBackwards(question: PageQuestion, from: ReadFrom): Promise<Page> {
  const { filter, after, upTo, scan } = question;
  const { beneath } = from;
  const hot = from.hot();
  const page = new BackwardPage(question);
  const stored = beneath ? Math.min(hot.from, upTo) : 0;
  const isThrough = hot.backwards(upTo, Math.max(after, stored), filter, scan, (entry) => {
    if (!page.hasRoom || !page.take(entry)) return false;
    page.scanned++;
    return true;
  });
  if (!isThrough) return page.answer(page.reached);
  if (!beneath || after >= stored) return page.answer(after);
  page.reached = stored;
  if (!page.hasRoom) return page.answer(stored);
  const entries = scan - page.scanned;
  const asked = {
    order: 'backwards',
    after,
    upTo: stored,
    filter,
    entries,
    bytes: page.room,
    dropped: [],
  } as const;
  const scanned = await beneath.store.scan(asked);
  page.scanned += scanned.scanned;
  for (const entry of scanned.entries) {
    if (matches(filter, entry.channel) && !page.take(beneath.entryOf(entry)))
      return page.answer(page.reached);
  }
  return page.answer(scanned.reached);
}

class BackwardPage {
  readonly entries: Entry[] = [];
  scanned = 0;
  /** Everything due above this offset is in it. */
  reached: number;
  readonly #question: PageQuestion;
  #bytes = 0;

  constructor(question: PageQuestion) {
    this.#question = question;
    this.reached = question.upTo;
  }

  /** How many bytes more it may answer. */
  get room(): number {
    return Math.max(this.#question.bytes - this.#bytes, 0);
  }

  /** Whether it may scan one more. */
  get hasRoom(): boolean {
    const { limit, scan } = this.#question;
    return this.scanned < scan && this.entries.length < limit;
  }

  /** Takes the next entry; false, and has taken nothing, when there is no room for it. */
  take(entry: Entry): boolean {
    if (!matches(this.#question.filter, entry.channel)) {
      this.reached = entry.offset - 1;
      return true;
    }
    const { limit, bytes } = this.#question;
    const isFull = this.entries.length >= limit || this.#bytes + entry.textBytes > bytes;
    if (isFull && this.entries.length > 0) return false;
    this.entries.push(entry);
    this.#bytes += entry.textBytes;
    this.reached = entry.offset - 1;
    return true;
  }

  answer(reached: number): Page {
    const { entries, scanned } = this;
    return { entries, reached, isEnd: reached <= this.#question.after, loss: undefined, scanned };
  }
}
