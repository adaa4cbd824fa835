import type { Group } from '../group.ts';
import { CELL_BYTES, type Cell, msOf, OPEN, reasonOf } from './cell.ts';

/** How a session stands in a receipt, the worst first: those are named before the others. */
export const STANDINGS = ['unanswered', 'skipped', 'has'] as const;
export type RowStanding = (typeof STANDINGS)[number];

/** One session of a group, and what became of each publication of the put there. */
export class Row {
  readonly group: Group;
  /** Whether its client never acknowledges. */
  readonly isMute: boolean;
  /** Whether its client has lost the session since, and has not come back. */
  isAway = false;
  /** Of its group's channels, by their place in the put. */
  readonly #first: number;
  readonly #cells: Uint16Array;
  readonly #from: number;
  #open: number;
  #skips = 0;
  #has = 0;

  /** @param cells of the whole group @param from where its own begin */
  constructor(
    { group, first }: Pick<Rows, 'group' | 'first'>,
    isMute: boolean,
    cells: Uint16Array,
    from: number,
  ) {
    this.group = group;
    this.isMute = isMute;
    this.#first = first;
    this.#cells = cells;
    this.#from = from;
    this.#open = group.length;
  }

  get standing(): RowStanding {
    if (this.#has + this.#skips < this.group.length) return 'unanswered';
    return this.#skips > 0 ? 'skipped' : 'has';
  }

  /** What is known first stays. */
  note(place: number, cell: Cell): void {
    const at = this.#from + place;
    if (this.#open === 0 || this.#cells[at] !== OPEN) return;
    this.#cells[at] = cell;
    this.#open -= 1;
    if (msOf(cell) !== undefined) this.#has += 1;
    else if (reasonOf(cell) !== undefined) this.#skips += 1;
  }

  /** The place of a channel in the put. */
  channelAt(place: number): number {
    return this.#first + this.group.places.indexAt(this.group.from + place);
  }

  at(place: number): Cell {
    return this.#cells[this.#from + place] as Cell;
  }
}

/** The sessions of one group: what is known of all of them is one array. */
export class Rows {
  readonly group: Group;
  readonly first: number;
  readonly #cells: Uint16Array;
  #used = 0;

  /** @param sessions that the group has @param first of the group's channels, by their place in the put */
  constructor(group: Group, sessions: number, first: number) {
    this.group = group;
    this.first = first;
    this.#cells = new Uint16Array(group.length * sessions);
  }

  add(isMute: boolean): Row {
    const row = new Row(this, isMute, this.#cells, this.#used);
    this.#used += this.group.length;
    return row;
  }
}

/** What a receipt takes of memory for each session that it names, as measured, and for each of its publications. */
export const ROW_BYTES = { session: 160, place: CELL_BYTES } as const;
