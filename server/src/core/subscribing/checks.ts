import {
  type FilterSet,
  filterCount,
  filterSetFault,
  type Limits,
  type SubscribeBody,
  ZerospanError,
} from '@zerospan/shared';
import type { PerUser } from '../sharing/per-user.ts';

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

/** @throws ZerospanError when all sessions of a user would have too many filters, with `filters` more */
export function checkUser(user: string, filters: number, all: PerUser): void {
  if (all.hasRoom(user, filters)) return;
  const reason = `All sessions of this user would have ${all.of(user) + filters} filters, more than ${all.most}.`;
  throw new ZerospanError('too-many-filters', reason);
}
