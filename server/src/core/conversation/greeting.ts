import {
  type FilterSet,
  filterCount,
  filterSetFault,
  type GapBody,
  type Limits,
  type ReplayRequest,
  type SubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Log } from '../log/log.ts';
import { type Replay, Subscription } from '../session/subscription.ts';

/** What a `hello` comes to: where the session's cursor begins, what it takes, and what it cannot be given. */
export interface Greeting {
  readonly cursor: number;
  readonly resumed: boolean;
  readonly subscriptions: readonly Subscription[];
  /** What `subscribed` says of each: where it begins by the client's reckoning. */
  readonly offsets: readonly number[];
  /** Gaps that are known before anything is read: the log is another one than the client's positions belong to. */
  readonly gaps: readonly GapBody[];
}

/** A subscription of `hello` whose filters and id are good. */
export interface Wish extends SubscribeBody {
  readonly filter: FilterSet;
  /**
   * What lies up to here is not given to it, though its position is lower: it is no older than the resume window lets
   * it be.
   */
  readonly begins?: number;
}

/** Where a wish begins by the client's reckoning; undefined: with what comes from now on. */
export function startOf({ after }: SubscribeBody, isOtherLog: boolean, head: number): number | undefined {
  // Of another log nothing can have been seen.
  return after === undefined ? undefined : isOtherLog ? 0 : Math.min(after, head);
}

/** What its replay gave it on an earlier connection; a position above the head is taken as the head (R10). */
export function replayedOf({ replayed }: SubscribeBody, head: number): number | undefined {
  return replayed === undefined ? undefined : Math.min(replayed, head);
}

/** The offset above which a wish that resumes is given something: below `startOf` where its replay is not over. */
export function resumesAt(
  wish: SubscribeBody,
  isOtherLog: boolean,
  log: Log,
  head: number,
): number | undefined {
  const start = startOf(wish, isOtherLog, head);
  if (start === undefined || isOtherLog || !wish.replay) return start;
  return replayOf(log, start, wish.replay, replayedOf(wish, head)).cursor;
}

/**
 * Settles where a session begins. Positions of this epoch: the highest is the session's cursor, the lower ones are
 * replayed up to it. Positions of another epoch: nothing of this log can have been seen, so all of it is due, after a
 * gap that says from where on the old one is lost. No position: from the head on.
 */
export function greet(log: Log, head: number, epoch: string | undefined, wishes: readonly Wish[]): Greeting {
  const restarted = epoch !== undefined && epoch !== log.epoch;
  const starts = wishes.map((wish) => startOf(wish, restarted, head));
  const known = wishes.flatMap((wish, i) => {
    const start = starts[i];
    if (start === undefined) return [];
    return [restarted ? start : Math.max(start, replayedOf(wish, head) ?? 0)];
  });
  const cursor = known.length > 0 ? Math.max(...known) : head;
  const gaps: GapBody[] = [];
  const subscriptions = wishes.map((wish, i) => {
    const { id, after, replay } = wish;
    const replayed = replayedOf(wish, head);
    const start = starts[i];
    if (epoch !== undefined && restarted && after !== undefined) gaps.push(...endsOf(wish, after, epoch));
    else if (replay && replayed === undefined && isOfOtherLog(log, replay))
      gaps.push(restartGap(id, replay.since.epoch, replay.since.offset));
    if (start === undefined) return new Subscription(wish, head, replay && replayOf(log, head, replay));
    const begins = Math.max(start, wish.begins ?? 0);
    if (replay && !restarted) {
      const history = replayOf(log, start, replay, replayed);
      return new Subscription(wish, begins, {
        ...history,
        cursor: Math.max(history.cursor, wish.begins ?? 0),
      });
    }
    return new Subscription(wish, begins, start < cursor ? { cursor: begins, resumes: true } : undefined);
  });
  const offsets = starts.map((start) => start ?? head);
  return { cursor, resumed: known.length > 0 && !restarted, subscriptions, offsets, gaps };
}

/**
 * Where a replay begins.
 * @param asOf the head when it was asked for: everything above is due as well, whatever the request says
 * @param replayed what it gave on an earlier connection; from there on it is the same request
 */
export function replayOf(log: Log, asOf: number, request: ReplayRequest, replayed?: number): Replay {
  const last = 'last' in request ? { last: { n: request.last, asOf } } : {};
  if (replayed !== undefined) return { cursor: replayed, ...last };
  if ('since' in request)
    return { cursor: isOfOtherLog(log, request) ? 0 : Math.min(request.since.offset, asOf) };
  if ('last' in request) return { cursor: 0, ...last };
  return { cursor: asOf, fromMs: log.elapsed() - request.sinceMs };
}

/** What the end of an epoch took from a subscription that stands in it at `after`. */
function endsOf({ id, replay, replayed }: SubscribeBody, after: number, epoch: string): GapBody[] {
  if (replay === undefined || 'last' in replay)
    return [restartGap(id, epoch, Math.max(after, replayed ?? 0))];
  if (replayed !== undefined) return [restartGap(id, epoch, replayed)];
  if ('sinceMs' in replay) return [restartGap(id, epoch, undefined)];
  const { since } = replay;
  if (since.epoch === epoch) return [restartGap(id, epoch, Math.min(since.offset, after))];
  return [restartGap(id, since.epoch, since.offset), restartGap(id, epoch, 0)];
}

export function isOfOtherLog(
  log: Log,
  request: ReplayRequest,
): request is { since: { epoch: string; offset: number } } {
  return 'since' in request && request.since.epoch !== log.epoch;
}

/** @param after what it had of that epoch; undefined: nobody knows */
export function restartGap(id: number, epoch: string, after: number | undefined): GapBody {
  const from = after === undefined ? null : after + 1;
  return { subscriptions: [id], reason: 'restart', epoch, from, to: null, missed: null };
}

/**
 * The filters of a subscription message, checked.
 * @throws ZerospanError `bad-filter` or `too-many-filters`
 */
export function filtersOf(
  body: Pick<SubscribeBody, 'channels' | 'prefixes'>,
  { filters: most }: Limits,
): FilterSet {
  const filter = { channels: body.channels ?? [], prefixes: body.prefixes ?? [] };
  if (filterCount(filter) > most) {
    throw new ZerospanError(
      'too-many-filters',
      `A subscription has at most ${most} filters, not ${filterCount(filter)}.`,
    );
  }
  const fault = filterSetFault(filter);
  if (fault) throw new ZerospanError('bad-filter', `${fault[0]?.toUpperCase()}${fault.slice(1)}.`);
  return filter;
}
