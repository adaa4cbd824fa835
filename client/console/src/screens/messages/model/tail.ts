import {
  type Bus,
  type Filter,
  type Gap,
  type Position,
  type Publication,
  ZerospanError,
} from '@zerospan/client';
import { type Api, Problem, type Query } from '../../../data/api.ts';
import { sentences } from '../../../data/connection.ts';
import { queryOf, selectionOf } from '../../../data/filters.ts';
import { positionOf, positionText } from '../../../data/format.ts';
import { type Line, type Missing, type PastPage, readPast } from '../../../data/history.ts';
import { Tick } from '../../../data/tick.ts';
import type { Filtering } from './filter.ts';
import { RowList } from './row-list.ts';
import { gapRow, messageRow, noteRow, type Row, rowOfLine } from './rows.ts';
import { Sampler } from './sampler.ts';
import type { Sampling } from './sampling.ts';
import { Shortfall } from './shortfall.ts';

/** What is read of the log at once. */
const PAGE = 200;
/** At 5,000 a second nobody reads faster than every so often, in ms, and input stays quick. */
const DRAW_MS = 100;
/**
 * This number of messages within this time, in ms, is more than anyone reads: they are sampled from then on. A put on a
 * thousand channels is shown whole.
 */
const FAST_MESSAGES = 3_000;
const FAST_MS = 3_000;

/** How it is given what comes. `reading`: it is not yet, the log comes first. */
type Source =
  | { readonly kind: 'reading' }
  | { readonly kind: 'following'; readonly stop: AbortController; isReady: boolean }
  | { readonly kind: 'sampling'; readonly sampler: Sampler };

/**
 * What goes over the bus: the newest of the log at once, then what comes. While more comes than anyone reads, some of
 * it, unless a filter looks for something in all of it.
 */
export class Tail {
  readonly tick = new Tick(DRAW_MS);
  readonly #bus: Bus;
  readonly #api: Api;
  readonly #filters: readonly Filter[];
  readonly #query: Query;
  readonly #stop = new AbortController();
  readonly #rows = new RowList();
  readonly #shortfall = new Shortfall();
  #source: Source = { kind: 'reading' };
  #received = 0;
  #past = 0;
  /** What came since a moment, to find out whether it is too much. */
  #burst = { messages: 0, sinceMs: 0 };
  /** Up to which everything was shown, or said to be missing; undefined: the log cannot be read. */
  #seen: Position | undefined;
  #older: 'loading' | 'some' | 'none' = 'loading';
  #problem: Error | undefined;

  /** @param filters at least one */
  constructor(bus: Bus, api: Api, filters: readonly Filter[]) {
    this.#bus = bus;
    this.#api = api;
    this.#filters = filters;
    this.#query = queryOf(selectionOf(filters));
    void this.#begin();
  }

  close(): void {
    this.#stop.abort();
    this.#leave();
  }

  /** What is shown, the oldest first. */
  get shown(): readonly Row[] {
    return this.#rows.shown;
  }

  get isHeld(): boolean {
    return this.#rows.isHeld;
  }

  get newWhileHeld(): number {
    return this.#rows.newWhileHeld;
  }

  /** How many of the messages are shown. */
  get sampling(): Sampling {
    return this.#shortfall.sampling;
  }

  /** Publications since it was opened, and of the log before. */
  get counts(): { readonly received: number; readonly past: number } {
    return { received: this.#received, past: this.#past };
  }

  /** Whether the log has older ones. */
  get hasOlder(): boolean {
    return this.#older === 'some';
  }

  /** Why nothing comes. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Whether what the log holds is shown: where nothing is, nothing is there. */
  get isReady(): boolean {
    const source = this.#source;
    return this.#older !== 'loading' && (source.kind === 'following' ? source.isReady : true);
  }

  filter(filtering: Filtering | undefined): void {
    // Drawn for nothing, the rows that come next would have to wait.
    if (!this.#rows.filter(filtering)) return;
    // It may look for the one message of many that a sample would leave out.
    if (filtering && this.#source.kind === 'sampling') this.#follow();
    this.tick.changed();
  }

  hold(): void {
    this.#rows.hold();
    this.tick.changed();
  }

  follow(): void {
    this.#rows.follow();
    this.tick.changed();
  }

  /** Forgets what is shown. What comes next is shown again. */
  clear(): void {
    this.#rows.clear();
    this.#shortfall.clear();
    this.#older = 'some';
    this.tick.changed();
  }

  /** Reads what lies before the oldest that is shown. */
  async older(): Promise<void> {
    const { oldest } = this.#rows;
    this.#older = 'loading';
    this.tick.changed();
    await this.#read(oldest ? positionText(oldest) : '');
    this.tick.changed();
  }

  /** The log needs no connection: it is read at once, and what follows is asked for from where it ends. */
  async #begin(): Promise<void> {
    const page = await this.#read('');
    if (this.#stop.signal.aborted) return;
    this.#seen = page && positionOf(page.position ?? '');
    if (page && isFast(page) && !this.#rows.isFiltered) this.#sample();
    else this.#follow();
    this.tick.changed();
  }

  async #read(before: string): Promise<PastPage | undefined> {
    try {
      const query = { ...this.#query, before, order: 'backwards', limit: PAGE };
      const page = await readPast(this.#api, query, this.#stop.signal);
      this.#older = page.hasNext ? 'some' : 'none';
      this.#past += page.lines.filter((line) => 'publication' in line).length;
      this.#rows.before(page.lines.toReversed().map(rowOfLine));
      return page;
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      this.#older = 'none';
      this.#rows.before([noteRow(wordsOf(error))]);
      return undefined;
    }
  }

  /** From here on all that comes. */
  #follow(): void {
    this.#leave();
    const stop = new AbortController();
    const source = { kind: 'following' as const, stop, isReady: false };
    this.#source = source;
    this.#burst = { messages: 0, sinceMs: performance.now() };
    const subscriber = this.#bus.subscribe(this.#filters, {
      onLag: 'latest',
      signal: stop.signal,
      ...(this.#seen && { replay: { since: this.#seen } }),
    });
    subscriber.on('publication', (publication) => this.#publication(publication));
    subscriber.on('gap', (gap) => this.#gap(gap));
    subscriber.ready.then(
      () => {
        source.isReady = true;
        this.tick.changed();
      },
      (error: Error) => {
        if (stop.signal.aborted) return;
        this.#problem = error;
        this.tick.changed();
      },
    );
  }

  /** From here on some of what comes. */
  #sample(): void {
    const seen = this.#seen;
    if (seen === undefined) return;
    this.#leave();
    const sampler = new Sampler(this.#api, this.#query, seen, {
      page: (lines, missing) => this.#sampled(lines, missing),
      whole: (position) => {
        this.#seen = position;
        this.#follow();
      },
      refused: () => {
        this.#seen = undefined;
        this.#follow();
      },
    });
    this.#source = { kind: 'sampling', sampler };
  }

  #leave(): void {
    const source = this.#source;
    if (source.kind === 'following') source.stop.abort();
    if (source.kind === 'sampling') source.sampler.close();
  }

  #sampled(lines: readonly Line[], missing: Missing | undefined): void {
    if (missing) this.#missed(missing);
    for (const line of lines) {
      if ('publication' in line) this.#came(line.publication);
      else this.#push(gapRow(line.gap));
    }
  }

  #publication(publication: Publication): void {
    this.#came(publication);
    const burst = this.#burst;
    burst.messages += 1;
    if (burst.messages < FAST_MESSAGES) return;
    const nowMs = performance.now();
    const isFast = nowMs - burst.sinceMs < FAST_MS;
    this.#burst = { messages: 0, sinceMs: nowMs };
    if (isFast && !this.#rows.isFiltered) this.#sample();
  }

  #came(publication: Publication): void {
    const { epoch, offset } = publication;
    if (this.#seen) this.#seen = { epoch, offset };
    this.#received += 1;
    this.#shortfall.sampling.had(1);
    this.#push(messageRow(publication));
  }

  #gap({ reason, epoch, from, to, missed, channel }: Gap): void {
    this.#missed({ reason, epoch, from, to, missed, ...(channel !== undefined && { channel }) });
  }

  #missed(missing: Missing): void {
    const row = this.#shortfall.add(missing);
    if (row) this.#push(row);
    else this.tick.changed();
  }

  #push(row: Row): void {
    if (this.#rows.push(row) && this.#older === 'none') this.#older = 'some';
    this.tick.changed();
  }
}

/** Whether the log was filled faster than it is followed. */
function isFast({ lines }: PastPage): boolean {
  const [newest, oldest] = [lines[0], lines.at(-1)];
  if (lines.length < PAGE || newest === undefined || oldest === undefined) return false;
  if (!('publication' in newest) || !('publication' in oldest)) return false;
  const tookMs = newest.publication.time - oldest.publication.time;
  return tookMs < (PAGE * FAST_MS) / FAST_MESSAGES;
}

function wordsOf(error: unknown): string {
  if (error instanceof Problem && error.code === 'forbidden')
    return 'Your token grants no history, so this begins now.';
  return sentences(error instanceof Error ? error : new Error(String(error)));
}

/** Whether the server did not let the person read these channels. */
export function isForbidden(error: Error): boolean {
  return error instanceof ZerospanError && error.code === 'forbidden';
}
