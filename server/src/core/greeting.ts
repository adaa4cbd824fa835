import {
  type FilterSet,
  filterCount,
  filterSetFault,
  type GapBody,
  LIMITS,
  type ReplayRequest,
  type ResumeBody,
  type SubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Log } from './log.ts';
import { type Replay, Subscription } from './subscription.ts';

/** What a `hello` comes to: where the session's cursor begins, what it takes, and what it cannot be given. */
export interface Greeting {
  readonly cursor: number;
  readonly resumed: boolean;
  readonly subscriptions: readonly Subscription[];
  /** Gaps that are known before anything is read: the log is another one than the client's positions belong to. */
  readonly gaps: readonly GapBody[];
}

/** A subscription of `hello` whose filters and id are good. */
export interface Wish extends ResumeBody {
  readonly filter: FilterSet;
}

/**
 * Settles where a session begins. Positions of this epoch: the highest is the session's cursor, the lower ones are replayed up to
 * it. Positions of another epoch: nothing of this log can have been seen, so all of it is due, after a gap that says from where
 * on the old one is lost. No position: from the head on.
 */
export async function greet(log: Log, head: number, epoch: string | undefined, wishes: readonly Wish[]): Promise<Greeting> {
  const restarted = epoch !== undefined && epoch !== log.epoch;
  const afters = wishes.flatMap(({ after }) => (after === undefined ? [] : [restarted ? 0 : Math.min(after, head)]));
  const cursor = afters.length > 0 ? Math.max(...afters) : head;
  const gaps: GapBody[] = [];
  const subscriptions: Subscription[] = [];
  for (const { id, filter, after, replay } of wishes) {
    if (after !== undefined) {
      const from = restarted ? 0 : Math.min(after, head);
      if (restarted) gaps.push(restartGap(id, epoch, after));
      subscriptions.push(new Subscription(id, filter, from, from < cursor ? { cursor: from } : undefined));
      continue;
    }
    if (replay && isOfOtherLog(log, replay)) gaps.push(restartGap(id, replay.since.epoch, replay.since.offset));
    subscriptions.push(new Subscription(id, filter, head, replay && (await replayOf(log, head, replay))));
  }
  return { cursor, resumed: afters.length > 0, subscriptions, gaps };
}

/** Where a replay begins that a subscription asked for when the bus's head was this. */
export async function replayOf(log: Log, head: number, request: ReplayRequest): Promise<Replay> {
  if ('since' in request) return { cursor: isOfOtherLog(log, request) ? 0 : Math.min(request.since.offset, head) };
  if ('last' in request) return { cursor: 0, last: { n: request.last, asOf: head } };
  return { cursor: Math.min(await log.offsetBefore(log.now() - request.sinceMs), head) };
}

export function isOfOtherLog(log: Log, request: ReplayRequest): request is { since: { epoch: string; offset: number } } {
  return 'since' in request && request.since.epoch !== log.epoch;
}

export function restartGap(id: number, epoch: string, after: number): GapBody {
  return { subscriptions: [id], reason: 'restart', epoch, from: after + 1, to: null, missed: null };
}

/**
 * The filters of a subscription message, checked.
 * @throws ZerospanError `bad-filter` or `too-many-filters`
 */
export function filtersOf(body: Pick<SubscribeBody, 'channels' | 'prefixes'>): FilterSet {
  const filter = { channels: body.channels ?? [], prefixes: body.prefixes ?? [] };
  if (filterCount(filter) > LIMITS.filters) {
    throw new ZerospanError('too-many-filters', `A subscription has at most ${LIMITS.filters} filters, not ${filterCount(filter)}.`);
  }
  const fault = filterSetFault(filter);
  if (fault) throw new ZerospanError('bad-filter', `${fault[0]?.toUpperCase()}${fault.slice(1)}.`);
  return filter;
}
