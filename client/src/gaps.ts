import type { Filter, GapBody } from '@zerospan/shared';
import type { Gap } from './types.ts';

/** Gaps kept between two publications of a queue. One more folds the oldest two into one. */
export const GAPS_KEPT = 16;

/** What of a gap a subscription has not been told yet, when it has been told of all up to `toldTo`; undefined: nothing. */
export function untold(gap: GapBody, toldTo: number | undefined): GapBody | undefined {
  if (toldTo === undefined || gap.from === null || gap.to === null || gap.from > toldTo) return gap;
  if (gap.to <= toldTo) return undefined;
  // How many of the missing lie in the part that is new, only the server could say.
  return { ...gap, from: toldTo + 1, missed: null };
}

/** A gap as users see it. */
export function gapOf({ reason, epoch, from, to, missed }: GapBody, filters: readonly Filter[]): Gap {
  return { reason, filters, epoch, from, to, missed };
}

/** Adds a gap behind others: neighbours that the queue dropped are one gap, and the list stays short. */
export function withGap(gaps: readonly Gap[], gap: Gap): readonly Gap[] {
  const last = gaps.at(-1);
  if (last?.reason === 'queue' && gap.reason === 'queue' && last.epoch === gap.epoch) {
    return [...gaps.slice(0, -1), joined(last, gap)];
  }
  const [first, second, ...others] = [...gaps, gap];
  if (others.length + 2 <= GAPS_KEPT || first === undefined || second === undefined) return [...gaps, gap];
  return [joined(first, second), ...others];
}

/** One gap for two neighbours, under the name of the later. */
function joined(earlier: Gap, later: Gap): Gap {
  const sameEpoch = earlier.epoch === later.epoch;
  return {
    reason: later.reason,
    filters: allOf(earlier.filters, later.filters),
    epoch: later.epoch,
    from: sameEpoch ? both(Math.min, earlier.from, later.from) : null,
    to: sameEpoch ? both(Math.max, earlier.to, later.to) : later.to,
    missed: both((a, b) => a + b, earlier.missed, later.missed),
  };
}

function allOf(a: readonly Filter[], b: readonly Filter[]): readonly Filter[] {
  // A full queue joins at each publication, always with the same list.
  if (a === b) return a;
  return [...new Map([...a, ...b].map((filter) => [JSON.stringify(filter), filter])).values()];
}

function both(of: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : of(a, b);
}
