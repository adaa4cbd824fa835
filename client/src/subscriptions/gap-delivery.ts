import { filterCount, type SubscriptionGap, toFilters, unionOf } from '@zerospan/shared';
import { gapOf, unreported } from './gaps.ts';
import type { Owner, Subscription } from './subscription.ts';

/** A gap as it concerns one subscription. */
export interface GapReport {
  readonly subscription: Subscription;
  readonly gap: SubscriptionGap;
}

/**
 * The part of a gap that has not been reported to a subscription yet; notes it as reported.
 * @param epoch of the bus
 */
export function newTo(
  subscription: Subscription,
  gap: SubscriptionGap,
  epoch: string | undefined,
): GapReport[] {
  if (gap.reason === 'restart' && gap.epoch === epoch) {
    // The log never gave the position that it was asked from (R10): gaps noted for this epoch may be of another log.
    subscription.lastGap = undefined;
    return [{ subscription, gap }];
  }
  if (gap.reason === 'restart' && !isNewEnd(subscription, gap.epoch)) return [];
  if (gap.epoch !== epoch) return [{ subscription, gap }];
  const { lastGap } = subscription;
  const rest = unreported(gap, lastGap);
  const { from, to, missed } = gap;
  if (lastGap === undefined || (to ?? 0) > lastGap.to) subscription.lastGap = { from, to: to ?? 0, missed };
  return rest === undefined ? [] : [{ subscription, gap: rest }];
}

/** No server reports the end of more at once: of the log before, and of the one that the history was asked for in. */
const ENDS_KEPT = 2;

/** Whether the end of an epoch has not been reported to a subscription yet; notes it as reported. */
export function isNewEnd(subscription: Subscription, epoch: string): boolean {
  if (subscription.reportedEnds.includes(epoch)) return false;
  subscription.reportedEnds = [...subscription.reportedEnds, epoch].slice(-ENDS_KEPT);
  return true;
}

/** One gap for each owner, unless its subscriptions miss different ranges. */
export function deliverGaps(reports: readonly GapReport[]): void {
  const groups = new Map<Owner, GapReport[]>();
  for (const each of reports) {
    const { owner } = each.subscription;
    groups.set(owner, [...(groups.get(owner) ?? []), each]);
  }
  for (const [owner, group] of groups) {
    const rangeOf = ({ gap }: GapReport): string => `${gap.epoch} ${gap.from}`;
    for (const range of new Set(group.map(rangeOf))) {
      const alike = group.filter((each) => rangeOf(each) === range);
      const filters = alike.flatMap(({ subscription }) => toFilters(subscription.set));
      const [first] = alike;
      if (first === undefined) continue;
      owner.reportGap(gapOf({ ...first.gap, missed: missedByAll(alike) }, filters));
    }
  }
}

/**
 * How many publications subscriptions miss together: where two of them may match the same one, only the server knows.
 */
function missedByAll(reports: readonly GapReport[]): number | null {
  const sets = reports.map(({ subscription }) => subscription.set);
  const filters = sets.reduce((sum, set) => sum + filterCount(set), 0);
  if (reports.length > 1 && filterCount(unionOf(sets)) < filters) return null;
  let missed = 0;
  for (const { gap } of reports) {
    if (gap.missed === null) return null;
    missed += gap.missed;
  }
  return missed;
}
