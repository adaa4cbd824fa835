import type { FilterSet, GapBody, SubscribeBody, ZerospanError } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { AckMarks } from '../journal/ack-marks.ts';
import type { GivenOffsets } from '../journal/given-offsets.ts';
import type { EndRecord, GapCause, Span, SpanEnd } from '../journal/records.ts';
import type { Holding } from '../sharing/per-user.ts';
import type { Subscription } from './subscription.ts';

/** Whose session it is. */
export type NotedClient = Pick<Requester, 'clientKey' | 'visitor' | 'user'>;

/** How a session began. */
export interface SessionBegin {
  /** By the log's `now`. */
  readonly time: number;
  /** How far fan-out had come. */
  readonly beganAt: number;
  /** Whether it went on from a position of its client. */
  readonly resumed: boolean;
}

/** Whose session it is, and how it begins. */
export interface SessionOptions {
  /** Whether the client acks, so that the window holds for it. */
  readonly acks: boolean;
  readonly requester: Requester;
  /** Its filters, as they count for its user. */
  readonly held: Holding;
  readonly began: SessionBegin;
}

/** A session that ends. */
export interface SessionEnd extends Pick<EndRecord, 'code' | 'marks' | 'isAcking' | 'spans'> {
  readonly began: SessionBegin;
}

/**
 * PORT: what becomes of sessions, for those who ask later what a client was given and why not. What a session still has
 * is read from the session itself: only what ends, and what was reported to its client, is noted.
 *
 * - It MUST NOT throw, and MUST have noted it when it returns.
 * - It MUST bound what it keeps, and know what it has forgotten.
 */
export interface SessionNotes {
  /** A gap was reported. */
  gap(who: NotedClient, gap: GapBody, cause: GapCause): void;
  /** A subscription is not given any more what it was given in this way. */
  span(who: NotedClient, span: Span): void;
  /** Ordinary publications were written although they lie in a gap that was reported before. */
  given(who: NotedClient, given: GivenOffsets): void;
  refused(who: NotedClient, subscription: SubscribeBody, fault: ZerospanError): void;
  ended(who: NotedClient, end: SessionEnd): void;
}

/** What is read of a session for that. */
export interface NotedSession {
  readonly began: SessionBegin;
  /** Everything up to here that matches was written. */
  readonly cursor: number;
  readonly subscriptions: readonly Subscription[];
  readonly writer: { readonly sentBytes: number; readonly marks: AckMarks | undefined };
  /** undefined: its client never acknowledges. */
  readonly witnesses: object | undefined;
}

/**
 * What a subscription was given so far, in the way in which it is given it now.
 * @param end left out: it goes on
 * @param filter its filters, if it has others since
 */
export function spanOf(
  subscription: Subscription,
  { cursor, began, writer }: Pick<NotedSession, 'cursor' | 'began' | 'writer'>,
  end?: SpanEnd,
  filter: FilterSet = subscription.filter,
): Span {
  const { id, after, position, replay, onlyNewest, begins, since = began.time } = subscription;
  const both = { id, filter, since, position, begins, ...(end && { end }), sentBytes: writer.sentBytes };
  if (!replay) return { kind: 'live', after, upTo: cursor, onlyNewest, ...both };
  const { from = replay.cursor, last, fromMs, given, had } = replay;
  const isWhole = replay.resumes !== true;
  const ofReplay = { after: from, upTo: replay.cursor, onlyNewest, isWhole, last, fromMs, given, had };
  return { kind: 'replay', ...ofReplay, ...both };
}

/**
 * What a session leaves as it ends.
 * @param cursor everything up to here that matches was written while its link was open
 */
export function endOf(session: NotedSession, cursor: number, code: number | null): SessionEnd {
  const { began, writer, witnesses, subscriptions } = session;
  const spans = subscriptions.map((one) => spanOf(one, { cursor, began, writer }, 'closed'));
  return { began, code, marks: writer.marks, isAcking: witnesses !== undefined, spans };
}
