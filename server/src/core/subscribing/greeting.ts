import type { FilterSet, GapBody, SubscribeBody } from '@zerospan/shared';
import type { Log } from '../log/log.ts';
import { Subscription } from '../session/subscription.ts';
import {
  highestOf,
  inventedGap,
  isOfOtherLog,
  replayedOf,
  replayOf,
  restartGap,
  startOf,
} from './positions.ts';

/** How a session begins: where its cursor stands, what it takes, and what it cannot be given. */
export interface Greeting {
  readonly cursor: number;
  readonly resumed: boolean;
  readonly subscriptions: readonly Subscription[];
  /** What `subscribed` says of each: where it begins by the client's reckoning. */
  readonly offsets: readonly number[];
  /** Gaps that are known before anything is read: the log is another one than the client's positions belong to. */
  readonly gaps: readonly GapBody[];
}

/** A subscription that a session begins with, once it was checked. */
export interface Wish extends SubscribeBody {
  readonly filter: FilterSet;
  /**
   * What lies up to here is not given to it, though its position is lower: it is no older than the resume window lets
   * it be.
   */
  readonly begins?: number;
}

/**
 * Settles where a session begins, once the log was asked for positions above its head: those are invented. Positions of
 * this epoch: the highest is the session's cursor, the lower ones are replayed up to it. Positions of another epoch:
 * nothing of this log can have been seen, so all of it is due, after a gap that says from where on the old one is lost.
 * No position: from the head on.
 */
export function greet(log: Log, head: number, epoch: string | undefined, wishes: readonly Wish[]): Greeting {
  const restarted = epoch !== undefined && epoch !== log.epoch;
  const starts = wishes.map((wish) => startOf(wish, restarted ? log.begins : undefined, head));
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
    if (highestOf(wish, restarted, log) > head) gaps.push(inventedGap(id, log.epoch));
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
