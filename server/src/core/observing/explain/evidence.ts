import { type Explanation, quote } from '@zerospan/shared';
import type { Span } from '../../journal/records.ts';
import type { Story, Timeline } from '../../journal/timeline.ts';
import { type Asked, gapsOf, gapsOver, isMatch } from './claims.ts';
import { endingOf, filterOf, subscriptionOf, textOfGap } from './sentences.ts';
import type { Judgement } from './verdict.ts';

/** Most items of one explanation: the newest. */
export const EVIDENCE_MOST = 20;

/** Most sessions that are spoken of, those that say most about it first: a client may have had thousands. */
const SESSIONS_MOST = 8;

type Item = Explanation['evidence'][number];

/** What a judgement follows from, in order of time. */
export function evidenceOf(judgement: Judgement, timeline: Timeline, asked: Asked): Item[] {
  const { channel, time } = asked;
  const { claims, ground } = judgement;
  const missed = ground.kind === 'miss' && 'span' in ground.miss ? ground.miss.span : undefined;
  const items: Item[] = [];
  for (const story of sessionsOf(judgement, timeline, asked)) items.push(...itemsOf(story, asked, missed));
  if (time !== undefined && channel !== undefined)
    items.push({ time, text: `Published on ${quote(channel)}.` });
  for (const { had, by, story } of claims.slice(0, EVIDENCE_MOST)) {
    if (!had) continue;
    const { session } = by ?? story;
    if (had.after !== undefined)
      items.push({ time: had.after, text: `Session ${session} had not acknowledged it.` });
    items.push({ time: had.by, text: `Session ${session} had acknowledged it.` });
  }
  const once = new Map(items.map((item) => [`${item.time} ${item.text}`, item]));
  return [...once.values()].sort((a, b) => (a.time ?? 0) - (b.time ?? 0)).slice(-EVIDENCE_MOST);
}

/** The sessions that say something about it, the oldest first. */
function sessionsOf({ claims, ground }: Judgement, { stories }: Timeline, asked: Asked): Story[] {
  const some = new Set<Story>();
  if (ground.kind === 'claim')
    for (const one of [ground.claim.story, ground.claim.by]) if (one) some.add(one);
  if (ground.kind === 'miss' && 'story' in ground.miss) some.add(ground.miss.story);
  for (const story of stories) if (isWithin(story, asked)) some.add(story);
  for (const { story } of claims) some.add(story);
  const first = new Set([...some].slice(0, SESSIONS_MOST));
  return stories.filter((story) => first.has(story));
}

/** @param missed the subscription that began behind it, or had ended before */
function itemsOf(story: Story, asked: Asked, missed: Span | undefined): Item[] {
  const { session, began, end } = story;
  const from = began.resumed ? ', from a position of its client' : '';
  const items: Item[] = [{ time: began.time, text: `Session ${session} began${from}.` }];
  const gaps = gapsOver(story, asked);
  const spans = story.spans.filter(
    (each) =>
      isMatch(each, asked) && (each === missed || asked.offset > each.after || gapsOf(gaps, each).length > 0),
  );
  for (const span of spans.slice(-EVIDENCE_MOST)) {
    const which = `${subscriptionOf(span)} of session ${session}`;
    const how = span.kind === 'replay' ? ' with history' : '';
    const what = filterOf(span.filter, asked.channel);
    items.push({ time: span.since, text: `Granted ${which} to ${what}${how}, above offset ${span.after}.` });
    if (span.until !== undefined && span.end !== 'closed')
      items.push({
        time: span.until.time,
        text: `${capital(which)} had come to offset ${span.upTo}: ${endingOf(span)}.`,
      });
    for (const gap of gapsOf(gaps, span).slice(-EVIDENCE_MOST))
      items.push({ time: gap.time, text: `To ${which} ${textOfGap(gap)}.` });
  }
  for (const refusal of story.refusals.filter((each) => isMatch(each, asked)).slice(-EVIDENCE_MOST))
    items.push({
      time: refusal.time,
      text: `Session ${session} was refused a subscription: ${refusal.reason}`,
    });
  if (end)
    items.push({
      time: end.time,
      text: `Session ${session} ${end.code === null ? 'was lost' : `ended with ${end.code}`}.`,
    });
  return items;
}

function isWithin({ era, began, end }: Story, asked: Asked): boolean {
  return era === asked.era && asked.offset > began.beganAt && asked.offset <= (end?.head ?? asked.offset);
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}
