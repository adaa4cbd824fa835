/** Bounds of one step of catching up: small, so that many sessions take turns and live traffic passes between. */
export const STEP = { scan: 2_000, bytes: 64 * 1024 } as const;

/**
 * Up to this many subscriptions a step may scan all of `STEP.scan`; more share it: each entry is compared with each of
 * them.
 */
const INTERESTS = 2;

/** The bounds of a step for this number of subscriptions. */
export function stepFor(interests: number): { readonly scan: number; readonly bytes: number } {
  return interests <= INTERESTS ? STEP : { ...STEP, scan: Math.ceil((STEP.scan * INTERESTS) / interests) };
}

export function offsetsOf(entries: readonly { readonly offset: number }[]): number[] {
  return entries.map(({ offset }) => offset);
}
