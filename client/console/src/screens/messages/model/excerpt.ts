import type { Filter } from '@zerospan/client';
import { type Api, Problem } from '../../../data/api.ts';
import { sentences } from '../../../data/connection.ts';
import { queryOf, selectionOf } from '../../../data/filters.ts';
import { positionText } from '../../../data/format.ts';
import { type Missing, type PastPage, readPast } from '../../../data/history.ts';
import { Tick } from '../../../data/tick.ts';
import type { Filtering } from './filter.ts';
import { type MessageRow, type Row, rowOfLine } from './rows.ts';

/** What is read of the log on either side at once. */
const PAGE = 100;

/** What became of the message that an address names. */
export type Finding =
  | { readonly kind: 'loading' }
  | { readonly kind: 'found'; readonly row: MessageRow }
  | { readonly kind: 'lost'; readonly gap: Missing }
  /** It is not there, for a reason that a person reads. */
  | { readonly kind: 'absent'; readonly words: string };

/** What the log holds around one place. It stays as it is until more is asked for. */
export class Excerpt {
  readonly tick = new Tick();
  readonly #api: Api;
  readonly #filters: readonly Filter[];
  readonly #stop = new AbortController();
  /** The oldest first. */
  #rows: Row[] = [];
  #filtering: Filtering | undefined;
  #finding: Finding = { kind: 'loading' };
  #hasOlder = false;
  #hasNewer = false;

  constructor(api: Api, filters: readonly Filter[], at: { readonly epoch: string; readonly offset: number }) {
    this.#api = api;
    this.#filters = filters;
    void this.#begin(at);
  }

  close(): void {
    this.#stop.abort();
  }

  get shown(): readonly Row[] {
    return this.#rows.filter((row) => row.kind !== 'message' || (this.#filtering?.(row.publication) ?? true));
  }

  get finding(): Finding {
    return this.#finding;
  }

  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  get hasNewer(): boolean {
    return this.#hasNewer;
  }

  filter(filtering: Filtering | undefined): void {
    this.#filtering = filtering;
    this.tick.changed();
  }

  async older(): Promise<void> {
    const oldest = this.#rows.find((row) => row.kind === 'message');
    if (oldest === undefined) return;
    await this.#more(async () =>
      this.#takeOlder(await this.#read({ before: oldest.key, order: 'backwards' })),
    );
  }

  async newer(): Promise<void> {
    const newest = this.#rows.findLast((row) => row.kind === 'message');
    if (newest === undefined) return;
    await this.#more(async () => this.#takeNewer(await this.#read({ after: newest.key, order: 'forwards' })));
  }

  async #begin(at: { readonly epoch: string; readonly offset: number }): Promise<void> {
    await this.#more(async () => {
      const [before, after] = await Promise.all([
        this.#read({ before: positionText(at), order: 'backwards' }),
        // With the message itself: what was lost is reported forwards alone.
        this.#read({ after: positionText({ ...at, offset: Math.max(0, at.offset - 1) }), order: 'forwards' }),
      ]);
      this.#takeOlder(before);
      this.#takeNewer(after);
      this.#finding = this.#find(positionText(at), at.offset);
    });
  }

  #find(key: string, offset: number): Finding {
    const row = this.#rows.find((each) => each.key === key);
    if (row?.kind === 'message') return { kind: 'found', row };
    for (const each of this.#rows)
      if (each.kind === 'gap' && (each.gap.from ?? 0) <= offset && offset <= (each.gap.to ?? offset))
        return { kind: 'lost', gap: each.gap };
    return {
      kind: 'absent',
      words: `No message on these channels has the offset ${offset}. Around it, the log holds these.`,
    };
  }

  #read(query: {
    readonly before?: string;
    readonly after?: string;
    readonly order: string;
  }): Promise<PastPage> {
    const all = { ...queryOf(selectionOf(this.#filters)), ...query, limit: PAGE };
    return readPast(this.#api, all, this.#stop.signal);
  }

  #takeOlder({ lines, hasNext }: PastPage): void {
    this.#rows = [...lines.toReversed().map(rowOfLine), ...this.#rows];
    this.#hasOlder = hasNext;
  }

  #takeNewer({ lines, hasNext }: PastPage): void {
    this.#rows = [...this.#rows, ...lines.map(rowOfLine)];
    this.#hasNewer = hasNext;
  }

  async #more(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const isOfOtherLog = error instanceof Problem && error.code === 'bad-replay';
      this.#finding = {
        kind: 'absent',
        words: isOfOtherLog
          ? 'This message was in an earlier log. The server has begun a new one since, and it is gone.'
          : sentences(error instanceof Error ? error : new Error(String(error))),
      };
    }
    this.tick.changed();
  }
}
