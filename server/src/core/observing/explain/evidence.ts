import { type Explanation, quote } from '@zerospan/shared';
import type { Story, Timeline } from '../../journal/timeline.ts';
import { type Asked, gapsOver, isMatch } from './claims.ts';
import { endingOf, filterOf, subscriptionOf, textOfGap } from './sentences.ts';
import type { Judgement } from './verdict.ts';

/** Most items of one explanation: the newest. */
export const EVIDENCE_MOST = 20;

type Item = Explanation['evidence'][number];

/** What a judgement follows from, in order of time. */
export function evidenceOf({ claims }: Judgement, timeline: Timeline, asked: Asked): Item[] {
  const { channel, time } = asked;
  const items: Item[] = [];
  for (const story of timeline.stories) if (story.era <= asked.era + 1) items.push(...itemsOf(story, asked));
  if (time !== undefined && channel !== undefined)
    items.push({ time, text: `Published on ${quote(channel)}.` });
  for (const { had, by, story } of claims) {
    if (!had) continue;
    const { session } = by ?? story;
    if (had.after !== undefined)
      items.push({ time: had.after, text: `Session ${session} had not acknowledged it.` });
    items.push({ time: had.by, text: `Session ${session} had acknowledged it.` });
  }
  const sorted = items
    .filter(
      ({ text, time: at }, i) => items.findIndex((other) => other.text === text && other.time === at) === i,
    )
    .sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
  return sorted.slice(-EVIDENCE_MOST);
}

function itemsOf(story: Story, asked: Asked): Item[] {
  const { session, began, end } = story;
  const items: Item[] = [];
  for (const span of story.spans.filter((each) => isMatch(each, asked)).slice(-EVIDENCE_MOST)) {
    const which = `${subscriptionOf(span)} of session ${session}`;
    const how = span.kind === 'replay' ? ' with history' : '';
    const what = filterOf(span.filter, asked.channel);
    items.push({ time: span.since, text: `Granted ${which} to ${what}${how}, above offset ${span.after}.` });
    if (span.until !== undefined && span.end !== 'closed')
      items.push({
        time: span.until.time,
        text: `${capital(which)} had come to offset ${span.upTo}: ${endingOf(span)}.`,
      });
    for (const gap of gapsOver(story, span, asked).slice(-EVIDENCE_MOST))
      items.push({ time: gap.time, text: `To ${which} ${textOfGap(gap)}.` });
  }
  for (const refusal of story.refusals.filter((each) => isMatch(each, asked)).slice(-EVIDENCE_MOST))
    items.push({
      time: refusal.time,
      text: `Session ${session} was refused a subscription: ${refusal.reason}`,
    });
  if (items.length === 0 && !isWithin(story, asked)) return [];
  const from = began.resumed ? ', from a position of its client' : '';
  items.unshift({ time: began.time, text: `Session ${session} began${from}.` });
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
