import type { NamedSession } from './sessions.ts';

/** Longest `hello.name`, in characters. */
export const NAME_MOST = 64;

/** Sessions that a receipt names, at most. */
export const NAMED_MOST = 1_000;

export const SKIPPED_REASONS = ['retention', 'lag', 'unsubscribed', 'unmatched'] as const;
/**
 * Why a session will not be given a publication: a gap covers it, it asked for the newest only, it has unsubscribed, or
 * its client came back without the subscription.
 */
export type SkippedReason = (typeof SKIPPED_REASONS)[number];

/** Who got what was put on one channel. Numbers are places in `sessions` of the receipt, from 0. */
export interface ChannelWho {
  /** `[place, ms]`: its application has it, this many ms after the append. */
  readonly has: readonly (readonly [number, number])[];
  readonly skipped: readonly (readonly [number, SkippedReason])[];
  /** `no-acks`: it never acknowledges, as a reader of events over HTTP. */
  readonly unanswered: readonly (readonly [number] | readonly [number, 'no-acks'])[];
  /** Those of `unanswered` that had a session at the put and have lost it since: they get it when they come back. */
  readonly away: readonly number[];
}

/** A client that had lost its session before the put, within the last 60 s, and is subscribed to one of its channels. */
export interface AbsentClient extends NamedSession {
  /** When it was lost, in ms before the put. */
  readonly lostMs: number;
  /** Places in `channels` of the receipt. */
  readonly channels: readonly number[];
}

/** What a receipt says of single sessions (`confirm.who`). */
export interface ReceiptNames {
  /** Each once, at most `NAMED_MOST`, and 256 KiB with all that refers to them. */
  readonly sessions: readonly NamedSession[];
  /** How many more there are that could not be named. Left out: none. */
  readonly more?: number;
  /** Not among the counts of the receipt. */
  readonly absent: readonly AbsentClient[];
}
