import type { Behind } from './behind/behind.ts';

/**
 * Where a session stands. Live: its cursor is its cohort's, and fan-out writes to it. Behind: it reads the log from
 * its own cursor when its link has room, until it is at the head again.
 */
export type Standing = { readonly kind: 'live' } | Behind | { readonly kind: 'closed' };

/** One for all of them. */
export const LIVE: Standing = { kind: 'live' };
