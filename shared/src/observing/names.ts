import type { NamedSession } from './sessions.ts';

/** Longest `hello.name`, in characters (code points). */
export const NAME_MOST = 64;

/**
 * What no name for people has: control characters and separators of lines, which a terminal or a log would obey; what
 * changes the direction of the text around it, so that a name could pretend to be another; U+FEFF; lone surrogates.
 */
const NO_NAME = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;

const SHORT = new RegExp(`^.{1,${NAME_MOST}}$`, 'su');

/** What to do about a name that is not good. */
export const NAME_REMEDY = `Give a name of 1 to ${NAME_MOST} printable characters, or none.`;

/** Says what is wrong with a name that a client chose, in words for its author; undefined when it is good. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'the name is not a string';
  if (!/\S/.test(name)) return 'the name is empty';
  if (!SHORT.test(name)) return `the name has more than ${NAME_MOST} characters`;
  return NO_NAME.test(name)
    ? 'the name has a control character, or one that changes the direction of text'
    : undefined;
}

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

/** A client that lost its session in the 60 s before the put, and is subscribed to one of its channels. */
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
