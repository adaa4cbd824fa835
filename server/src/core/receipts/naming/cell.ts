import { SKIPPED_REASONS, type SkippedReason } from '@zerospan/shared';

/**
 * What became of one publication at one session, in 16 bits: there are as many of these as sessions times channels.
 * Nothing is known yet, or it will not be known, or why it is skipped, or after how many ms it was acknowledged.
 */
export type Cell = number;

export const OPEN: Cell = 0;

/** It will not be known whether the session has it. */
export const UNKNOWN: Cell = SKIPPED_REASONS.length + 1;

const HAS: Cell = UNKNOWN + 1;
const MOST_MS = 0xffff - HAS;

export const CELL_BYTES = Uint16Array.BYTES_PER_ELEMENT;

/** A receipt waits for 60 s at most, so that what is longer is a timer that was late. */
export function hasAfter(ms: number): Cell {
  return HAS + Math.min(Math.max(Math.round(ms), 0), MOST_MS);
}

export function skippedFor(reason: SkippedReason): Cell {
  return SKIPPED_REASONS.indexOf(reason) + 1;
}

/** After how many ms the session had it; undefined: it is not known to have it. */
export function msOf(cell: Cell): number | undefined {
  return cell < HAS ? undefined : cell - HAS;
}

/** Why the session skips it; undefined: it does not. */
export function reasonOf(cell: Cell): SkippedReason | undefined {
  return cell < UNKNOWN ? SKIPPED_REASONS[cell - 1] : undefined;
}
