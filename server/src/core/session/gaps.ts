import type { GapBody, GapReason, SessionDetail } from '@zerospan/shared';
import type { Loss } from '../log/log.ts';
import type { Subscription } from './subscription.ts';

/** What one subscription lost. */
export interface Lost {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly missed: number | null;
}

/** A loss that a read reported, above an offset; notes it as reported to the client. */
export function lostOf({ interest, to, missed }: Loss<Subscription>, above: number): Lost {
  const from = Math.max(above, interest.reportedUpTo) + 1;
  interest.reportedUpTo = to;
  return { id: interest.id, from, to, missed };
}

/** What subscriptions of a session lost, as gaps: one for all that lost the same. */
export function gapsOf(losses: readonly Lost[], reason: GapReason, epoch: string): GapBody[] {
  const gaps = new Map<string, GapBody & { subscriptions: number[] }>();
  for (const { id, from, to, missed } of losses) {
    const key = `${from} ${to} ${missed}`;
    const same = gaps.get(key);
    if (same) same.subscriptions.push(id);
    else gaps.set(key, { subscriptions: [id], reason, epoch, from, to, missed });
  }
  return [...gaps.values()];
}

/** How many of the latest gaps of a session are kept. */
const LATEST = 20;

export type ReportedGap = SessionDetail['reported'][number];

/** The gaps that one session was reported. Made with the first: most sessions never have any. */
export class ReportedGaps {
  count = 0;
  /** Newest first. */
  latest: readonly ReportedGap[] = [];

  add({ reason, from, to, missed }: GapBody, time: number): void {
    this.count++;
    this.latest = [{ time, reason, from, to, missed }, ...this.latest.slice(0, LATEST - 1)];
  }
}
