import type { Acknowledged } from '../../journal/ack-marks.ts';
import type { GapRecord, Span } from '../../journal/records.ts';
import type { Story, Timeline } from '../../journal/timeline.ts';
import { matches } from '../../log/matching.ts';

/** A publication that is asked about. */
export interface Asked {
  /** Number of its epoch. */
  readonly era: number;
  readonly offset: number;
  /** undefined: nobody knows any more; any subscription may have matched it. */
  readonly channel: string | undefined;
  readonly isHeld: boolean;
  /** When it was published, where that is known. */
  readonly time: number | undefined;
}

/** What the log says of it, as far as it matters. */
export interface Facts {
  /** Whether no publication of its channel is newer. */
  readonly isNewest: boolean;
  /** Replays of the last n that it is among; false: it is not; left out: nobody knows. */
  readonly amongLast: ReadonlyMap<Span, boolean>;
  /** Where clients of another epoch begin. */
  readonly begins: number;
  /** Where replays by time begin that have not been read yet. */
  readonly beginsAt: ReadonlyMap<Span, number>;
}

/**
 * What one subscription of a session had of the publication.
 *
 * - `written`: it was written. - `unsure`: it may have been written. - `due`: it will be, or will be once the client is
 *   back. - `lost`, `skipped`: it was not, and will not be; `gap` is left out where that has still to be reported.
 */
export interface Claim {
  readonly kind: 'written' | 'unsure' | 'due' | 'lost' | 'skipped';
  readonly story: Story;
  /** Of its story in the timeline. */
  readonly place: number;
  readonly span: Span;
  readonly gap?: GapRecord;
  /** Of what was written: when it was acknowledged. */
  readonly had?: Acknowledged;
  /** The session whose ack that was. */
  readonly by?: Story;
}

export function isMatch(span: Pick<Span, 'filter'>, { channel }: Asked): boolean {
  return channel === undefined || matches(span.filter, channel);
}

/** What the subscriptions of all sessions had of it, those of the newest session first, a session a piece. */
export function* claimsIn(timeline: Timeline, asked: Asked, facts: Facts): Generator<void, Claim[]> {
  const claims: Claim[] = [];
  for (let place = timeline.stories.length - 1; place >= 0; place--) {
    for (const claim of claimsOf(timeline, place, asked, facts))
      claims.push(hadLater(claim, timeline, asked));
    yield;
  }
  return claims;
}

/** What all subscriptions of one session had of it. @param place of the session in the timeline */
function claimsOf({ stories }: Timeline, place: number, asked: Asked, facts: Facts): Claim[] {
  const story = stories[place] as Story;
  const isLast = place === stories.length - 1;
  const gaps = gapsOver(story, asked);
  return story.spans.flatMap((span) => {
    if (!isMatch(span, asked)) return [];
    const claim =
      lossOf(gaps, story, span, asked) ??
      (story.era === asked.era
        ? courseOf(story, span, asked, facts, isLast)
        : returnOf(story, span, asked, facts, isLast));
    return claim ? [{ ...claim, story, place, span }] : [];
  });
}

type Bare = Pick<Claim, 'kind' | 'gap' | 'had'>;

/**
 * The gaps of a session that cover it, by subscription. There may be thousands, and hundreds of subscriptions: they are
 * found once.
 */
export function gapsOver({ gaps }: Story, { era, offset }: Asked): ReadonlyMap<number, readonly GapRecord[]> {
  const bySubscription = new Map<number, GapRecord[]>();
  for (const gap of gaps) {
    const { lostEra, from, to } = gap;
    if (lostEra !== era || (from ?? 0) > offset || offset > (to ?? Number.POSITIVE_INFINITY)) continue;
    for (const id of gap.subscriptions) {
      const own = bySubscription.get(id);
      if (own) own.push(gap);
      else bySubscription.set(id, [gap]);
    }
  }
  return bySubscription;
}

/** Those of them that a subscription was reported while it had these filters. */
export function gapsOf(gaps: ReturnType<typeof gapsOver>, { id, since, until }: Span): readonly GapRecord[] {
  const own = gaps.get(id) ?? [];
  return own.filter(({ order, time }) => time >= since && order <= (until?.order ?? order));
}

/** What a gap says of it, if it says anything. */
function lossOf(gaps: ReturnType<typeof gapsOver>, story: Story, span: Span, asked: Asked): Bare | undefined {
  let unsure: Bare | undefined;
  for (const gap of gapsOf(gaps, span)) {
    switch (gap.cause) {
      case 'latest':
        return { kind: 'skipped', gap };
      case 'passed':
        return { kind: 'lost', gap };
      case 'restart':
        // One without a beginning says nothing of single offsets.
        if (gap.from !== null) return { kind: 'lost', gap };
        if (gap.lostEra !== story.era) unsure = { kind: 'unsure', gap };
        break;
      case 'dropped': {
        // What the log held it has given.
        if (asked.isHeld) break;
        const isGiven = wasGiven(story, span, asked.offset);
        if (isGiven === false) return { kind: 'lost', gap };
        if (isGiven === undefined) unsure = { kind: 'unsure', gap };
        break;
      }
    }
  }
  return unsure;
}

/** Whether it was given though it lies in a gap; undefined: nobody knows. */
function wasGiven(story: Story, span: Span, offset: number): boolean | undefined {
  let isSure = true;
  for (const given of span.kind === 'replay' ? [span.given] : story.given) {
    const has = given ? given.has(offset) : false;
    if (has) return true;
    isSure &&= has !== undefined;
  }
  return isSure ? false : undefined;
}

/** What became of it in the course of what a subscription is given. */
function courseOf(story: Story, span: Span, asked: Asked, facts: Facts, isLast: boolean): Bare | undefined {
  const { offset, isHeld } = asked;
  const isUnread = span.fromMs !== undefined;
  if (offset <= (facts.beginsAt.get(span) ?? span.after)) return undefined;
  // Of what it has dropped the log knows only roughly when it was published. One that ended unread gave nothing.
  if (isUnread && !isHeld && offset <= span.after)
    return goesOn(story, span, isLast) ? { kind: 'unsure' } : undefined;
  const isPast = !isUnread && offset <= span.upTo;
  const isDue = span.last && offset <= span.last.asOf ? isAmongLast(span, isPast, asked, facts) : true;
  if (isDue === false || (!isPast && !goesOn(story, span, isLast))) return undefined;
  if (isDue === undefined) return { kind: 'unsure' };
  if (isPast) return { kind: 'written', ...hadOf(story, span, offset) };
  const isPassed = offset <= span.begins || (span.kind === 'live' && offset <= (story.behind?.skipTo ?? 0));
  if (isPassed || !isHeld) return { kind: 'lost' };
  // While it takes part in fan-out it is given everything.
  const isBehind = span.kind === 'replay' || story.end !== undefined || story.behind !== undefined;
  return { kind: span.onlyNewest && !span.isWhole && isBehind && !facts.isNewest ? 'skipped' : 'due' };
}

/** A client that was lost in an epoch before is due all of this one, if it returns (C7). */
function returnOf(story: Story, span: Span, asked: Asked, facts: Facts, isLast: boolean): Bare | undefined {
  const isAway = story.era < asked.era && story.end !== undefined && goesOn(story, span, isLast);
  if (!isAway || asked.offset <= facts.begins) return undefined;
  if (!asked.isHeld) return { kind: 'lost' };
  return { kind: span.onlyNewest && !facts.isNewest ? 'skipped' : 'due' };
}

/** Whether a replay of the last n gives it, or has; undefined: nobody knows. */
function isAmongLast(
  span: Span,
  isPast: boolean,
  { offset, isHeld }: Asked,
  facts: Facts,
): boolean | undefined {
  const has = isPast && (span.given ? span.given.has(offset) : false);
  if (isPast && has !== undefined) return has;
  if (isHeld) return facts.amongLast.get(span);
  // What it has not read yet, and the log has dropped, it will not be given, nor a gap for it (R9).
  return isPast ? undefined : false;
}

/** Whether a subscription is still given something above what it was given. */
function goesOn(story: Story, span: Span, isLast: boolean): boolean {
  // A client that is away goes on where its last session ended.
  if (story.end) return isLast && span.end === 'closed';
  const ending = [...(story.behind?.ending?.keys() ?? [])];
  return span.end === undefined && !ending.some(({ id }) => id === span.id);
}

/** When it was acknowledged, by acks of the session in which it was written. */
function hadOf({ marks }: Story, span: Span, offset: number): Pick<Claim, 'had'> {
  if (!marks) return {};
  if (span.kind === 'live') {
    const had = marks.reached(offset);
    return had ? { had } : {};
  }
  // An offset says nothing of what was replayed; that all bytes that were sent are acknowledged does.
  const { had: known, sentBytes } = span;
  if (known && offset <= known.upTo) return { had: { after: undefined, by: known.by } };
  const had = sentBytes > 0 ? marks.reachedAll(sentBytes) : undefined;
  return had ? { had } : {};
}

/**
 * When it was acknowledged in a later session of the same client. A subscription that comes back from above it has
 * received it, and the first ack of a client that resumes lies below whatever it was brought before and does not have
 * yet (A2).
 */
function hadLater(claim: Claim, { stories }: Timeline, { offset }: Asked): Claim {
  const { kind, had, span, story, place } = claim;
  if (kind !== 'written' || had || span.kind !== 'live') return claim;
  for (let at = place + 1; at < stories.length; at++) {
    const later = stories[at] as Story;
    const position = later.spans.find(({ id }) => id === span.id)?.position ?? 0;
    // One that comes back from below it had not received it.
    if (later.era !== story.era || !later.began.resumed || position < offset) return claim;
    const acknowledged = later.marks?.reached(offset);
    if (acknowledged) return { ...claim, had: acknowledged, by: later };
  }
  return claim;
}
