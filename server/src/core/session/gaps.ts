import type { GapBody, GapReason } from '@zerospan/shared';
import type { Log, Loss } from '../log/log.ts';
import type { Subscription } from './subscription.ts';

/** What one subscription lost. */
export interface Lost {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly missed: number | null;
}

/** A loss that a read told, above an offset: told now, it is known from here on. */
export function lostOf({ want, to, missed }: Loss<Subscription>, above: number): Lost {
  const from = Math.max(above, want.toldUpTo) + 1;
  want.toldUpTo = to;
  return { id: want.id, from, to, missed };
}

/** More than this is not looked through to tell who is concerned: then all are told. */
const LOOK_MOST = 200_000;

/** Who would lose something if everything between two offsets were skipped, held or not: the log is asked for each. */
export async function lostBetween(
  log: Log,
  wants: readonly Subscription[],
  after: number,
  to: number,
): Promise<Lost[]> {
  const concerned = wants.filter((want) => want.after < to);
  const lost: Lost[] = [];
  for (const want of concerned) {
    const from = Math.max(after, want.after) + 1;
    if (concerned.length * (to - after) > LOOK_MOST) {
      lost.push({ id: want.id, from, to, missed: null });
      continue;
    }
    const { entries, losses } = await log.read({
      after,
      wants: [{ filter: want.filter, after: want.after, toldUpTo: want.toldUpTo }],
      scan: to - after,
      bytes: 1,
    });
    const [first] = entries;
    if (losses.length === 0 && (!first || first.offset > to)) continue;
    lost.push({ id: want.id, from, to, missed: null });
  }
  return lost;
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
