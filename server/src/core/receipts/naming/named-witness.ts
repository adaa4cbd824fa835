import type { SkippedReason } from '@zerospan/shared';
import type { Group } from '../group.ts';
import { type Home, type Stretch, Witness } from '../witness.ts';
import { hasAfter, skippedFor, UNKNOWN } from './cell.ts';
import type { Row } from './rows.ts';

/**
 * A witness in a receipt by name: it notes what becomes of each publication, and when. Those of other receipts keep
 * less, and know nothing of this.
 */
export class NamedWitness extends Witness {
  readonly #group: Group;
  readonly #row: Row;
  readonly #sinceMs: () => number;

  /** @param sinceMs how long ago the put was appended, in ms */
  constructor(group: Group, row: Row, sinceMs: () => number) {
    super(group);
    this.#group = group;
    this.#row = row;
    this.#sinceMs = sinceMs;
  }

  override moveTo(home: Home | undefined): void {
    if (home) this.#row.isAway = home.isAway;
    super.moveTo(home);
  }

  override acked(offset: number): void {
    if (offset > this.reached) {
      const to = this.#group.firstAbove(offset);
      const cell = hasAfter(this.#sinceMs());
      for (let place = this.#group.firstAbove(this.reached); place < to; place++) this.#row.note(place, cell);
    }
    super.acked(offset);
  }

  protected override learned(
    places: readonly number[],
    skipped: SkippedReason | undefined,
    left: readonly Stretch[],
  ): void {
    for (const place of places) {
      const offset = this.#group.offsetAt(place);
      const isLeft = left.some(({ from, to }) => from <= offset && offset <= to);
      this.#row.note(place, skipped === undefined ? UNKNOWN : skippedFor(isLeft ? 'lag' : skipped));
    }
  }
}
