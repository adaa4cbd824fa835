import { type Bus, type Filter, type Gap, type Publication, ZerospanError } from '@zerospan/client';
import type { Api } from '../../../data/api.ts';
import { sentences } from '../../../data/connection.ts';
import { queryOf, selectionOf } from '../../../data/filters.ts';
import { positionOf, positionText } from '../../../data/format.ts';
import { type PastPage, readPast } from '../../../data/history.ts';
import { Tick } from '../../../data/tick.ts';
import type { Filtering } from './filter.ts';
import { type GapRow, gapRow, messageRow, noteRow, type Row, rowOfLine } from './rows.ts';
import { Sampling } from './sampling.ts';

/** What is read of the log at once. */
const PAGE = 200;
/** Rows in memory, so that a filter finds more than what is on the screen; and how many go at once beyond it. */
const MOST_ROWS = 5_000;
const SPARE_ROWS = 500;
/** And how much text, for when the messages are large. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
/** At 5,000 a second nobody reads faster than every so often, in ms, and input stays quick. */
const DRAW_MS = 100;
/** While the page falls behind, gaps this close to each other, in ms, are one row. */
const LAG_MS = 5_000;

/**
 * What goes over the bus: the newest of the log at once, then what comes. It keeps the newest rows, bounded; while it
 * is held, what is shown stays still.
 */
export class Tail {
  readonly tick = new Tick(DRAW_MS);
  readonly sampling = new Sampling();
  readonly #api: Api;
  readonly #filters: readonly Filter[];
  readonly #stop = new AbortController();
  /** The oldest first. */
  #rows: Row[] = [];
  #characters = 0;
  /** Those of them that the filter lets through. */
  #shown: Row[] = [];
  #filtering: Filtering | undefined;
  /** What is shown while it is held. */
  #held: readonly Row[] | undefined;
  #newWhileHeld = 0;
  #received = 0;
  #past = 0;
  #lagRow: { readonly row: GapRow; atMs: number } | undefined;
  /** What the log was read up to. */
  #readUpTo: { readonly epoch: string; readonly offset: number } | undefined;
  #older: 'loading' | 'some' | 'none' = 'loading';
  #problem: Error | undefined;
  #isSubscribed = false;

  /** @param filters at least one */
  constructor(bus: Bus, api: Api, filters: readonly Filter[]) {
    this.#api = api;
    this.#filters = filters;
    const subscriber = bus.subscribe(filters, { onLag: 'latest', signal: this.#stop.signal });
    subscriber.on('publication', (publication) => this.#publication(publication));
    subscriber.on('gap', (gap) => this.#gap(gap));
    subscriber.ready.then(
      () => {
        this.#isSubscribed = true;
        // Subscribed first: so nothing can come between the log and what follows.
        void this.older();
      },
      (error: Error) => {
        if (this.#stop.signal.aborted) return;
        this.#problem = error;
        this.tick.changed();
      },
    );
  }

  close(): void {
    this.#stop.abort();
  }

  /** What is shown, the oldest first. */
  get shown(): readonly Row[] {
    return this.#held ?? this.#shown;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  get newWhileHeld(): number {
    return this.#newWhileHeld;
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
    return this.#isSubscribed && this.#older !== 'loading';
  }

  filter(filtering: Filtering | undefined): void {
    this.#filtering = filtering;
    const isHeld = this.#held !== undefined;
    this.#shown = this.#rows.filter((row) => this.#passes(row));
    if (isHeld) this.#held = [...this.#shown];
    this.tick.changed();
  }

  hold(): void {
    this.#held ??= [...this.#shown];
    this.tick.changed();
  }

  follow(): void {
    this.#held = undefined;
    this.#newWhileHeld = 0;
    this.tick.changed();
  }

  /** Forgets what is shown. What comes next is shown again. */
  clear(): void {
    this.#rows = [];
    this.#shown = [];
    this.#characters = 0;
    this.#lagRow = undefined;
    if (this.#held) this.#held = [];
    this.#older = 'some';
    this.tick.changed();
  }

  /** Reads what lies before the oldest that is shown. */
  async older(): Promise<void> {
    const oldest = messageIn(this.#rows, 'first');
    this.#older = 'loading';
    this.tick.changed();
    const before = oldest ? positionText(oldest) : '';
    try {
      const query = { ...queryOf(selectionOf(this.#filters)), before, order: 'backwards', limit: PAGE };
      this.#takePast(await readPast(this.#api, query, this.#stop.signal));
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#older = 'none';
      this.#lacksPast(error instanceof Error ? error : new Error(String(error)));
    }
    this.tick.changed();
  }

  #takePast({ lines, hasNext, position }: PastPage): void {
    this.#readUpTo ??= position === undefined ? undefined : positionOf(position);
    const [first, last] = [messageIn(this.#rows, 'first'), messageIn(this.#rows, 'last')];
    const older: Row[] = [];
    // The log may be faster than the subscription, which then brings them again.
    const newer: Row[] = [];
    for (const row of lines.toReversed().map(rowOfLine)) {
      const isAfter = (other: Publication | undefined): boolean =>
        row.kind === 'message' &&
        other?.epoch === row.publication.epoch &&
        other.offset <= row.publication.offset;
      if (!isAfter(first)) older.push(row);
      else if (isAfter(last) && row.key !== (last && positionText(last))) newer.push(row);
    }
    this.#older = hasNext ? 'some' : 'none';
    this.#past += [...older, ...newer].filter(({ kind }) => kind === 'message').length;
    for (const row of [...older, ...newer]) this.#characters += charactersOf(row);
    const around = (rows: readonly Row[], passes: (row: Row) => boolean): Row[] => [
      ...older.filter(passes),
      ...rows,
      ...newer.filter(passes),
    ];
    this.#rows = around(this.#rows, () => true);
    this.#shown = around(this.#shown, (row) => this.#passes(row));
    if (this.#held) this.#held = around(this.#held, (row) => this.#passes(row));
  }

  #lacksPast(error: Error): void {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'forbidden';
    const words = isForbidden ? 'Your token grants no history, so this begins now.' : sentences(error);
    const row = noteRow(words);
    this.#rows = [row, ...this.#rows];
    this.#shown = [row, ...this.#shown];
    if (this.#held) this.#held = [row, ...this.#held];
  }

  #publication(publication: Publication): void {
    const read = this.#readUpTo;
    if (read?.epoch === publication.epoch && publication.offset <= read.offset) return;
    this.#received += 1;
    this.sampling.had(1);
    this.#push(messageRow(publication));
  }

  #gap(gap: Gap): void {
    const { reason, epoch, from, to, missed, channel } = gap;
    const missing = { reason, epoch, from, to, missed, ...(channel !== undefined && { channel }) };
    if (reason !== 'lag' && reason !== 'queue') {
      this.#push(gapRow(missing));
      return;
    }
    this.sampling.missed(missed ?? 0);
    const nowMs = performance.now();
    const last = this.#lagRow;
    if (last && nowMs - last.atMs < LAG_MS && last.row.gap.epoch === epoch) {
      const before = last.row.gap;
      last.row.gap = { ...before, to, missed: sum(before.missed, missed) };
      last.atMs = nowMs;
      this.tick.changed();
      return;
    }
    const row = gapRow(missing);
    this.#lagRow = { row, atMs: nowMs };
    this.#push(row);
  }

  #push(row: Row): void {
    this.#rows.push(row);
    this.#characters += charactersOf(row);
    const passes = this.#passes(row);
    if (passes) this.#shown.push(row);
    if (passes && this.#held) this.#newWhileHeld += 1;
    if (this.#rows.length > MOST_ROWS + SPARE_ROWS || this.#characters > MOST_CHARACTERS) this.#trim();
    this.tick.changed();
  }

  /** The newest stays, however large. */
  #trim(): void {
    let drop = Math.max(0, this.#rows.length - MOST_ROWS);
    let characters = this.#characters;
    for (let i = 0; i < this.#rows.length - 1; i++) {
      if (i >= drop && characters <= MOST_CHARACTERS * 0.9) break;
      const row = this.#rows[i];
      if (row) characters -= charactersOf(row);
      drop = Math.max(drop, i + 1);
    }
    const dropped = new Set(this.#rows.splice(0, drop));
    this.#characters = characters;
    let gone = 0;
    while (gone < this.#shown.length && dropped.has(this.#shown[gone] as Row)) gone += 1;
    this.#shown.splice(0, gone);
    if (this.#older === 'none') this.#older = 'some';
  }

  /** A filter must not hide that something is missing. */
  #passes(row: Row): boolean {
    if (row.kind !== 'message' || this.#filtering === undefined) return true;
    return this.#filtering(row.publication);
  }
}

function messageIn(rows: readonly Row[], place: 'first' | 'last'): Publication | undefined {
  const isMessage = (row: Row): boolean => row.kind === 'message';
  const row = place === 'first' ? rows.find(isMessage) : rows.findLast(isMessage);
  return row?.kind === 'message' ? row.publication : undefined;
}

function charactersOf(row: Row): number {
  return row.kind === 'message' ? row.publication.text.length + row.publication.channel.length : 0;
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

/** Whether the server did not let the person read these channels. */
export function isForbidden(error: Error): boolean {
  return error instanceof ZerospanError && error.code === 'forbidden';
}
