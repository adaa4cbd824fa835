import type { Entry, Want } from '../log/log.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Outlet } from './outlet.ts';
import type { Reader } from './reader.ts';

/** Bounds of one step of catching up: small, so that many sessions take turns and live traffic passes between. */
export const STEP = { scan: 2_000, bytes: 64 * 1024 } as const;

/** More wants than these share the entries that may be looked at: each entry is compared with each want. */
const WANTS = 8;

/** The bounds of a step for so many wants. */
export function stepFor(wants: number): { readonly scan: number; readonly bytes: number } {
  return wants <= WANTS ? STEP : { ...STEP, scan: Math.ceil((STEP.scan * WANTS) / wants) };
}

/** What a step of a session works with. */
export interface Means {
  readonly bus: Surroundings;
  readonly outlet: Outlet;
  readonly reader: Reader;
  /** Told that a cursor goes from `after` to `upTo`, and that of what was wanted there these entries were written. */
  wrote(after: number, upTo: number, entries: readonly Entry[], wants: readonly Want[]): void;
}
