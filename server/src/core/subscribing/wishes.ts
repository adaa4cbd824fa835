import { filterCount, type Limits, type SubscribeBody, ZerospanError } from '@zerospan/shared';
import type { Requester } from '../access/requester.ts';
import type { ResumeWindow } from '../access/resume-window.ts';
import type { Fanout } from '../fanout/fanout.ts';
import type { Log } from '../log/log.ts';
import type { PerUser } from '../sharing/per-user.ts';
import { checkRoom, checkUser, filtersOf } from './checks.ts';
import type { Wish } from './greeting.ts';
import { resumesAt } from './positions.ts';

/** What a client asks for as it opens a session. */
export interface SessionRequest {
  /** Ids are the transport's own; each is answered. */
  readonly subscriptions: readonly SubscribeBody[];
  /** Those that could not be read, each with why. */
  readonly unread?: ReadonlyMap<SubscribeBody, ZerospanError> | undefined;
  /** The epoch that every `after` belongs to. undefined: none has one. */
  readonly epoch?: string | undefined;
  /** Whether the client acknowledges: only then a window holds for it, and it answers for puts. Default: false. */
  readonly acks?: boolean | undefined;
}

/** What checking subscriptions uses of the bus. */
export interface CheckingBus {
  readonly log: Log;
  readonly fanout: Pick<Fanout, 'head' | 'whenAt'>;
  readonly limits: Limits;
  /** The filters of each user's sessions. */
  readonly filters: PerUser;
  readonly recent: ResumeWindow;
}

/**
 * Checks each subscription of a request.
 * @param freed filters of the same user that go when this session begins
 * @returns each with what is granted of it, or with what is wrong with it
 */
export function wishesOf(
  { subscriptions, unread, epoch }: SessionRequest,
  { access, user }: Pick<Requester, 'access' | 'user'>,
  bus: CheckingBus,
  freed: number,
): Map<SubscribeBody, Wish | ZerospanError> {
  const { log, fanout, recent, limits } = bus;
  const isOtherLog = epoch !== undefined && epoch !== log.epoch;
  const taken: Wish[] = [];
  let filters = -freed;
  const wishOf = (body: SubscribeBody): Wish => {
    const filter = filtersOf(body, limits);
    checkRoom({ id: body.id, filter }, taken, limits);
    checkUser(user, filters + filterCount(filter), bus.filters);
    access.checkSubscribe(filter);
    const { replay, after } = body;
    // A position that was within the window when it was asked for: it has lost something, as any that resumes.
    const isResumed = after !== undefined && replay !== undefined && 'since' in replay;
    if (replay && !isResumed) access.checkReplay(filter, replay, recent, log.epoch);
    const start = resumesAt(body, isOtherLog, log, fanout.head) ?? Number.POSITIVE_INFINITY;
    const isHistory = start < recent.start && !access.mayHaveHistory(filter);
    return { ...body, filter, ...(isHistory && { begins: recent.start }) };
  };
  const wishes = new Map<SubscribeBody, Wish | ZerospanError>();
  for (const body of subscriptions) {
    try {
      const fault = unread?.get(body);
      if (fault) throw fault;
      const wish = wishOf(body);
      taken.push(wish);
      filters += filterCount(wish.filter);
      wishes.set(body, wish);
    } catch (error) {
      if (!(error instanceof ZerospanError)) throw error;
      wishes.set(body, error);
    }
  }
  return wishes;
}
