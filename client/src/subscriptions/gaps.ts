import { EVERY_CHANNEL, type Filter, type GapBody, type SubscriptionGap } from '@zerospan/shared';
import type { Gap } from '../types.ts';
import { offsetOf, type Stage } from './stage.ts';
import type { LastGap, Subscription } from './subscription.ts';

/** Gaps kept between two publications of a queue; one more makes one of two. */
export const GAPS_KEPT = 16;

/** The part of a gap that has not been reported to a subscription yet; undefined: nothing. */
export function unreported(gap: SubscriptionGap, lastGap: LastGap | undefined): SubscriptionGap | undefined {
  if (lastGap === undefined || gap.from === null || gap.to === null || gap.from > lastGap.to) return gap;
  if (gap.to <= lastGap.to) return undefined;
  // The same loss, grown; otherwise how many of the missing lie in the part that is new, only the server could say.
  const grown = gap.from === lastGap.from && gap.missed !== null && lastGap.missed !== null;
  return { ...gap, from: lastGap.to + 1, missed: grown ? gap.missed - lastGap.missed : null };
}

/** A gap as users see it. */
export function gapOf(body: GapBody, filters: readonly Filter[]): Gap {
  const { reason, epoch, from, to, missed } = body;
  const channel = 'channel' in body && body.channel !== EVERY_CHANNEL ? { channel: body.channel } : {};
  return { reason, filters, epoch, from, to, missed, ...channel };
}

/** Adds a gap behind others. Those of one reason and epoch become one, so that the list stays short. */
export function withGap(gaps: readonly Gap[], gap: Gap): readonly Gap[] {
  const at = gaps.findIndex(({ reason, epoch }) => reason === gap.reason && epoch === gap.epoch);
  if (at >= 0) return gaps.map((each, index) => (index === at ? joined(each, gap) : each));
  return gaps.length < GAPS_KEPT ? [...gaps, gap] : folded([...gaps, gap]);
}

/** One less: the first two of one reason, of which there are two, because there are fewer reasons than gaps. */
function folded(gaps: readonly Gap[]): readonly Gap[] {
  const later = gaps.findIndex(
    ({ reason }, index) => gaps.findIndex((each) => each.reason === reason) < index,
  );
  const earlier = gaps.findIndex(({ reason }) => reason === gaps[later]?.reason);
  return gaps.flatMap((gap, index) => {
    if (index === earlier) return [];
    return index === later && gaps[earlier] !== undefined ? [joined(gaps[earlier], gap)] : [gap];
  });
}

/** One gap for two of the same reason. Offsets of two epochs have no order, so that only the later ones remain. */
function joined(earlier: Gap, later: Gap): Gap {
  const sameEpoch = earlier.epoch === later.epoch;
  const { channel, ...rest } = later;
  return {
    ...rest,
    ...(channel !== undefined && channel === earlier.channel && { channel }),
    filters: allOf(earlier.filters, later.filters),
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

/**
 * What the end of an epoch takes from a subscription that stands in it. One whose replay is not over loses what is left
 * of it as well, in whichever epoch that was.
 */
export function endsOf(
  stage: Stage,
  { replay }: Pick<Subscription, 'replay'>,
  endedEpoch: string,
  reportedTo: number,
): SubscriptionGap[] {
  const end = (epoch: string, from: number | null): SubscriptionGap => ({
    subscriptions: [],
    reason: 'restart',
    epoch,
    from,
    to: null,
    missed: null,
  });
  const resumeOffset = offsetOf(stage) ?? 0;
  const [given, asOf] = stage.name === 'waiting' ? [stage.after, stage.asOf] : [];
  // The last n of each channel are those that there are, so that none of them is missing.
  if (asOf === undefined || replay === undefined || 'last' in replay)
    return [end(endedEpoch, Math.max(resumeOffset, given ?? 0, reportedTo) + 1)];
  if (given !== undefined) return [end(endedEpoch, Math.max(given, reportedTo) + 1)];
  if ('sinceMs' in replay) return [end(endedEpoch, null)];
  const { epoch, offset } = replay.since;
  // A position above the head was taken as the head.
  if (epoch === endedEpoch)
    return [end(endedEpoch, Math.max(Math.min(offset, resumeOffset), reportedTo) + 1)];
  return [end(epoch, offset + 1), end(endedEpoch, reportedTo + 1)];
}
