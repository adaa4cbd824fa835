import { type FilterSet, quote } from '@zerospan/shared';
import type { GapRecord, Span } from '../../journal/records.ts';
import type { Timeline } from '../../journal/timeline.ts';
import type { Asked, Claim } from './claims.ts';
import type { Miss } from './misses.ts';
import type { Ground } from './verdict.ts';

/** One sentence for people: what became of a publication, and why. */
export function sentenceOf(ground: Ground, timeline: Timeline, asked: Asked): string {
  switch (ground.kind) {
    case 'claim':
      return sentenceOfClaim(ground.claim, asked);
    case 'miss':
      return sentenceOfMiss(ground.miss);
    case 'forgotten': {
      const { offset, time } = timeline.forgotten;
      return `The journal reaches back for this client to offset ${offset} (${timeOf(time)}) only, and this was published before.`;
    }
    case 'incomplete':
      return 'The journal does not hold all that concerns this client any more: raise limits.journalBytes to keep more.';
    case 'channel':
      return 'The log no longer holds it, and nobody knows any more on which channel it was.';
  }
}

function sentenceOfClaim({ kind, story, span, gap, had, by }: Claim, { time }: Asked): string {
  const session = `session ${story.session}`;
  switch (kind) {
    case 'written':
      if (had)
        return `Its client acknowledged it ${lapseOf(had, time)}${by ? `, in session ${by.session}` : ''}.`;
      if (!story.isAcking) return `It was written to ${session}, whose client does not acknowledge.`;
      if (span.kind === 'replay')
        return `It was replayed to ${session}, and acks do not say that its client has it.`;
      if (story.end) return `It was written to ${session}, which ended before its client acknowledged it.`;
      return `It was written to ${session}, whose client has not acknowledged it yet.`;
    case 'unsure':
      return `It may have been written to ${session}: of its history only the first publications were noted one by one.`;
    case 'due':
      if (story.end)
        return `The client is away since ${timeOf(story.end.time)}, and will be given it if it returns from its position while the log holds it.`;
      if (span.kind === 'replay')
        return `The replay of ${subscriptionOf(span)} is at offset ${span.upTo}, and will come to it.`;
      return `The ${session} is at offset ${span.upTo}, and will be given it.`;
    case 'lost':
      return gap
        ? `It was lost to ${subscriptionOf(span)}: ${textOfGap(gap)}.`
        : unreported(span, story.end !== undefined);
    case 'skipped':
      if (gap)
        return `It was left out, because ${subscriptionOf(span)} takes the newest of each channel only: ${textOfGap(gap)}.`;
      return `It will be left out: ${subscriptionOf(span)} takes the newest of each channel only, and there is a newer one.`;
  }
}

/** Of a loss that has still to be reported. */
function unreported(span: Span, isAway: boolean): string {
  const when = isAway ? 'when its client returns' : 'when its session comes to it';
  return `It will not be given to ${subscriptionOf(span)} any more: a gap will be reported ${when}.`;
}

function sentenceOfMiss(miss: Miss): string {
  switch (miss.kind) {
    case 'never':
      return 'No subscription of the client matched its channel.';
    case 'no-session':
      return 'The client had no session when it was published, and did not ask for it later.';
    case 'later':
      return `The client began behind it: ${subscriptionOf(miss.span)} is given what lies above offset ${miss.span.after}.`;
    case 'ended':
      return `The client was not subscribed any more: ${subscriptionOf(miss.span)} ended at offset ${miss.span.upTo} (${HOW[miss.span.end ?? 'closed']}).`;
    case 'not-resumed':
      return `Session ${miss.story.session} ended at offset ${miss.span.upTo}, and the client came back without a position.`;
    case 'forbidden':
      return `A fresh token did not grant it any more: ${subscriptionOf(miss.span)} ended at offset ${miss.span.upTo}.`;
    case 'refused':
      return `The client asked for it and was refused (${miss.refusal.code}): ${miss.refusal.reason}`;
  }
}

const HOW = {
  live: 'it was live from there on',
  narrowed: 'its client took the filter away',
  withheld: 'a fresh token does not grant history',
  unsubscribed: 'its client unsubscribed',
  lag: 'its session fell behind, and onLag is close',
  forbidden: 'a fresh token does not grant it',
  closed: 'its session ended',
} as const;

/** How a span ended, for people. */
export function endingOf({ end }: Span): string {
  return HOW[end ?? 'closed'];
}

export function subscriptionOf({ id }: Span): string {
  return `subscription ${id}`;
}

/** A gap in words, without its time. */
export function textOfGap({ reason, from, to, missed }: GapRecord): string {
  const range =
    from === null ? '' : ` from offset ${from} ${to === null ? 'to the end of its epoch' : `to ${to}`}`;
  return `a gap${range} was reported (${reason}${missed === null ? '' : `, ${missed} missed`})`;
}

/** The filter of a set that lets a channel through, for people. */
export function filterOf({ channels, prefixes }: FilterSet, channel: string | undefined): string {
  if (channel === undefined) return `${channels.length + prefixes.length} filters`;
  if (channels.includes(channel)) return quote(channel);
  const prefix = prefixes.find((each) => channel.startsWith(each)) ?? '';
  return prefix === '' ? 'every channel' : `what begins with ${quote(prefix)}`;
}

function lapseOf({ after, by }: NonNullable<Claim['had']>, published: number | undefined): string {
  if (published === undefined) return `by ${timeOf(by)}`;
  const [least, most] = [Math.max((after ?? 0) - published, 0), Math.max(by - published, 0)];
  return `between ${spoken(least)} and ${spoken(most)} after it was published`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function spoken(ms: number): string {
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 600) return `${Math.round(seconds)} s`;
  return seconds < 36_000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
