import type { GapBody, ReplayRequest, SubscribeBody } from '@zerospan/shared';
import type { Fanout } from '../fanout/fanout.ts';
import type { Log } from '../log/log.ts';
import type { Replay } from '../session/subscription.ts';

/**
 * Where a wish begins by the client's reckoning; undefined: with what comes from now on.
 * @param begins where the log begins for clients of another one; undefined: the wish is of this one
 */
export function startOf(
  { after }: SubscribeBody,
  begins: number | undefined,
  head: number,
): number | undefined {
  // Of another log nothing can have been seen.
  return after === undefined ? undefined : (begins ?? Math.min(after, head));
}

/** What its replay gave it on an earlier connection; what the log has never given is taken as the head (R10). */
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
  const start = startOf(wish, isOtherLog ? log.begins : undefined, head);
  if (start === undefined || isOtherLog || !wish.replay) return start;
  return replayOf(log, start, wish.replay, replayedOf(wish, head)).cursor;
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
    return { cursor: isOfOtherLog(log, request) ? log.begins : Math.min(request.since.offset, asOf) };
  if ('last' in request) return { cursor: 0, ...last };
  return { cursor: asOf, fromMs: log.elapsed() - request.sinceMs };
}

/** Whether a replay is asked for from a position of another log. */
export function isOfOtherLog(
  log: Log,
  request: ReplayRequest,
): request is { since: { epoch: string; offset: number } } {
  return 'since' in request && request.since.epoch !== log.epoch;
}

/**
 * The gap that the end of an epoch left.
 * @param after what the subscription had of that epoch; undefined: nobody knows
 */
export function restartGap(id: number, epoch: string, after: number | undefined): GapBody {
  const from = after === undefined ? null : after + 1;
  return { subscriptions: [id], reason: 'restart', epoch, from, to: null, missed: null };
}

/**
 * The highest position of this log that a wish names. Above the head it is a question to the log: it may lag behind, it
 * may have gone back, or the position was invented (R10).
 * @param isOtherLog whether `after` and `replayed` are of another log
 */
export function highestOf(
  { after, replayed, replay }: SubscribeBody,
  isOtherLog: boolean,
  { epoch }: Pick<Log, 'epoch'>,
): number {
  const own = isOtherLog ? [] : [after ?? 0, replayed ?? 0];
  // One that resumes has been answered for what it asked for first.
  const since = after === undefined && replay && 'since' in replay ? replay.since : undefined;
  return Math.max(0, ...own, since?.epoch === epoch ? since.offset : 0);
}

/** The gap of a subscription whose position the log has never given: nobody knows what it has. */
export function inventedGap(id: number, epoch: string): GapBody {
  return restartGap(id, epoch, undefined);
}

/**
 * Waits until the log knows whether it has given an offset, and fan-out has taken it if so.
 * @returns undefined where there is nothing to wait for
 */
export function reached(
  offset: number,
  log: Pick<Log, 'reaches'>,
  fanout: Pick<Fanout, 'head' | 'whenAt'>,
): Promise<void> | undefined {
  if (offset <= fanout.head) return undefined;
  const answer = log.reaches(offset);
  if (answer === false) return undefined;
  return Promise.resolve(answer).then((has) =>
    has ? new Promise((resolve) => fanout.whenAt(offset, resolve)) : undefined,
  );
}
