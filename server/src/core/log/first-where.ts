/**
 * The first place from `low` on, below `high`, where something holds that holds at all later places too; `high` if it
 * does nowhere. By halves.
 */
export function firstWhere(low: number, high: number, holds: (place: number) => boolean): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
