import type { Publication } from '@zerospan/client';
import type { Filtering } from './filter.ts';
import type { Row } from './rows.ts';

/** Rows in memory, so that a filter finds more than what is on the screen; and how many go at once beyond it. */
const MOST_ROWS = 5_000;
const SPARE_ROWS = 500;
/** And how much text, for when the messages are large. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** The newest rows, bounded, and those of them that a filter lets through. While it is held, these stay still. */
export class RowList {
  /** The oldest first. */
  #rows: Row[] = [];
  #characters = 0;
  /** Those of them that the filter lets through. */
  #shown: Row[] = [];
  #filtering: Filtering | undefined;
  /** What is shown while it is held. */
  #held: Row[] | undefined;
  #newWhileHeld = 0;

  /** What is shown, the oldest first. */
  get shown(): readonly Row[] {
    return this.#held ?? this.#shown;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  get isFiltered(): boolean {
    return this.#filtering !== undefined;
  }

  /** Rows that have come since, and are not shown yet. */
  get newWhileHeld(): number {
    return this.#newWhileHeld;
  }

  /** The oldest message, shown or not. */
  get oldest(): Publication | undefined {
    const row = this.#rows.find(({ kind }) => kind === 'message');
    return row?.kind === 'message' ? row.publication : undefined;
  }

  /** @returns whether that changes anything */
  filter(filtering: Filtering | undefined): boolean {
    if (filtering === this.#filtering) return false;
    this.#filtering = filtering;
    this.#shown = this.#rows.filter((row) => this.#passes(row));
    if (this.#held) this.#held = [...this.#shown];
    return true;
  }

  hold(): void {
    this.#held ??= [...this.#shown];
  }

  follow(): void {
    this.#held = undefined;
    this.#newWhileHeld = 0;
  }

  clear(): void {
    this.#rows = [];
    this.#shown = [];
    this.#characters = 0;
    if (this.#held) this.#held = [];
  }

  /** Adds the newest. @returns whether older ones had to go */
  push(row: Row): boolean {
    this.#rows.push(row);
    this.#characters += charactersOf(row);
    if (this.#passes(row)) {
      this.#shown.push(row);
      if (this.#held) this.#newWhileHeld += 1;
    }
    if (this.#rows.length <= MOST_ROWS + SPARE_ROWS && this.#characters <= MOST_CHARACTERS) return false;
    this.#trim();
    return true;
  }

  /** Adds what lies before the oldest, the oldest first. It is shown also while it is held: somebody has asked. */
  before(rows: readonly Row[]): void {
    const passing = rows.filter((row) => this.#passes(row));
    for (const row of rows) this.#characters += charactersOf(row);
    this.#rows = [...rows, ...this.#rows];
    this.#shown = [...passing, ...this.#shown];
    if (this.#held) this.#held = [...passing, ...this.#held];
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
  }

  /** A filter must not hide that something is missing. */
  #passes(row: Row): boolean {
    if (row.kind !== 'message' || this.#filtering === undefined) return true;
    return this.#filtering(row.publication);
  }
}

function charactersOf(row: Row): number {
  return row.kind === 'message' ? row.publication.text.length + row.publication.channel.length : 0;
}
