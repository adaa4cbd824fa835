import {
  type FilterSet,
  filterCount,
  type Limits,
  type RefusedBody,
  type SubscribedBody,
  ZerospanError,
} from '@zerospan/shared';
import type { Access } from '../access/access.ts';
import type { Visitor } from '../access/gate.ts';
import { saidOf } from '../said.ts';
import type { Subscription } from '../session/subscription.ts';
import type { Surroundings } from '../surroundings.ts';

/** Who asks for something, and may do what. */
export interface Asker {
  readonly visitor: Visitor;
  readonly access: Access;
}

export function refusalOf(
  bus: Surroundings,
  error: unknown,
  what: { put: number } | { subscription: number },
  { visitor: { session, address }, access }: Asker,
): RefusedBody {
  const fault =
    error instanceof ZerospanError ? error : new ZerospanError('log-failed', undefined, { cause: error });
  if (fault.code === 'log-failed') bus.reports.failed(fault.cause);
  bus.reports.refused(fault, { session, address, subject: access.identity.subject });
  return { ...what, ...saidOf(fault) };
}

/** @param offset where it begins by the client's reckoning, if that is not where it is given something */
export function subscribedOf({ id, after, replay }: Subscription, offset = after): SubscribedBody {
  return { id, offset, replaying: replay !== undefined };
}

/** @throws ZerospanError when the id is in use, or the session would have too many subscriptions or filters */
export function checkRoom(
  { id, filter }: { readonly id: number; readonly filter: FilterSet },
  taken: readonly { readonly id: number; readonly filter: FilterSet }[],
  limits: Limits,
): void {
  if (taken.some((one) => one.id === id)) throw new ZerospanError('bad-id', `Subscription ${id} is in use.`);
  if (taken.length >= limits.subscriptions) throw new ZerospanError('too-many-subscriptions');
  let filters = filterCount(filter);
  for (const other of taken) filters += filterCount(other.filter);
  if (filters <= limits.sessionFilters) return;
  const reason = `The session would have ${filters} filters in all, more than ${limits.sessionFilters}.`;
  throw new ZerospanError('too-many-filters', reason);
}

/** @throws ZerospanError when all sessions of a user would have too many filters, with so many more */
export function checkUser(user: string, filters: number, { filters: all }: Surroundings): void {
  if (all.hasRoom(user, filters)) return;
  const reason = `All sessions of this user would have ${all.of(user) + filters} filters, more than ${all.most}.`;
  throw new ZerospanError('too-many-filters', reason);
}
