/** Values that the width has room for: the newest stands at the right. */
export const PLACES = 60;

/** A path that ends at the right, a step a value; y goes from 100 (zero) up to 4 (the top, with room for a stroke). */
export function pathOf(values: readonly number[], top: number): string {
  const from = PLACES - values.length;
  return values
    .map((value, i) => `${i === 0 ? 'M' : 'L'}${from + i} ${(100 - (96 * value) / top).toFixed(1)}`)
    .join('');
}
