/** Bounds of one step of catching up: small, so that many sessions take turns and live traffic passes between. */
export const STEP = { scan: 2_000, bytes: 64 * 1024 } as const;

/** More wants than these share the entries that may be looked at: each entry is compared with each want. */
const WANTS = 2;

/** The bounds of a step for so many wants. */
export function stepFor(wants: number): { readonly scan: number; readonly bytes: number } {
  return wants <= WANTS ? STEP : { ...STEP, scan: Math.ceil((STEP.scan * WANTS) / wants) };
}

export function offsetsOf(entries: readonly { readonly offset: number }[]): number[] {
  return entries.map(({ offset }) => offset);
}
