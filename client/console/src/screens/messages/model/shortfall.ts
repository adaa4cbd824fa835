import type { Missing } from '../../../data/history.ts';
import { type GapRow, gapRow } from './rows.ts';
import { Sampling } from './sampling.ts';

/** Gaps this close to each other, in ms, are one row. */
const ONE_ROW_MS = 5_000;

/** Why this page alone is not given something; any other gap is of the log, and has a row of its own. */
const OWN_REASONS: ReadonlySet<string> = new Set(['lag', 'queue', 'sample']);

/** What this page is not given because more comes than it takes: rows that say so, few enough to be read. */
export class Shortfall {
  readonly sampling = new Sampling();
  #last: { readonly row: GapRow; readonly atMs: number } | undefined;

  /** @returns its row; undefined where the row before says it as well now */
  add(missing: Missing): GapRow | undefined {
    const { reason, epoch, to, missed } = missing;
    if (!OWN_REASONS.has(reason)) return gapRow(missing);
    this.sampling.missed(missed ?? 0);
    const nowMs = performance.now();
    const last = this.#last;
    const before = last?.row.gap;
    // One that grew for longer would leave with the oldest rows, and what is missing since would be seen nowhere.
    if (last && before?.epoch === epoch && before.reason === reason && nowMs - last.atMs < ONE_ROW_MS) {
      last.row.gap = { ...before, to, missed: sum(before.missed, missed) };
      return undefined;
    }
    const row = gapRow(missing);
    this.#last = { row, atMs: nowMs };
    return row;
  }

  /** The next one has a row of its own. */
  clear(): void {
    this.#last = undefined;
  }
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
