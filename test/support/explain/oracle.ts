import type { FilterSet, SubscribeBody, Verdict } from '@zerospan/shared';
import { lets } from '../filters.ts';
import type { Life } from './script-client.ts';
import type { Moment, Said } from './transcript.ts';

/** One entry that was appended, as the script knows it. */
export interface Line {
  readonly offset: number;
  readonly channel: string;
  readonly isGap: boolean;
  /** By the log's `elapsed`. */
  readonly atMs: number;
}

/** What was seen of one subscription on the wire. */
interface Sub {
  readonly id: number;
  readonly asked: SubscribeBody;
  /** The filters, and from which happening on. */
  readonly filters: { readonly from: number; readonly set: FilterSet }[];
  readonly start: number;
  readonly grantedAt: Moment;
  liveAt: number | undefined;
  readonly given: Map<number, { readonly at: number; readonly isReplayed: boolean }>;
  readonly gaps: { readonly at: number; readonly gap: Said; readonly moment: Moment }[];
  ended: 'gone' | 'forbidden' | undefined;
}

interface Refusal {
  readonly filter: FilterSet;
  readonly isForbidden: boolean;
  readonly above: number;
}

/** What was seen of one session on the wire. */
interface Seen {
  readonly life: Life;
  resumed: boolean;
  readonly subs: Sub[];
  readonly refusals: Refusal[];
  readonly acks: { readonly at: number; readonly offset: number; readonly isAll: boolean }[];
  readonly endHead: number;
}

/** What is now, which nobody needs to remember. */
export interface Now {
  readonly lines: readonly Line[];
  readonly held: ReadonlySet<number>;
  readonly head: number;
}

type Fate = 'murky' | 'had' | 'written' | 'due' | 'lost' | 'skipped';

/**
 * What became of an entry at a client, from all that ever went over the wire. undefined: nobody can say, because
 * the log knows only to a second when that was published which it has dropped.
 */
export function verdictBySight(lives: readonly Life[], line: Line, now: Now): Verdict | undefined {
  if (line.isGap) return 'no-publication';
  const seen = lives.filter(({ session }) => session() !== undefined).map((life) => see(life, now));
  const [last] = seen.slice(-1);
  let decided: Fate | undefined;
  let isAway = false;
  let isMurky = false;
  for (const one of [...seen].reverse()) {
    const fates = one.subs.flatMap((sub) => fateOf(sub, one, seen, line, now, one === last) ?? []);
    if (fates.includes('had')) return 'had';
    isMurky ||= fates.includes('murky');
    if (decided || fates.length === 0) continue;
    decided = (['written', 'due', 'lost', 'skipped'] as const).find((fate) => fates.includes(fate));
    isAway = one.life.ended !== undefined;
  }
  if (isMurky) return undefined;
  if (decided === 'due') return isAway ? 'away' : 'coming';
  if (decided) return decided as Verdict;
  const isUnclear = seen.some(({ subs }) =>
    subs.some(
      ({ ended, liveAt, start, asked }) =>
        ended && liveAt === undefined && asked.replay && 'sinceMs' in asked.replay && line.offset <= start,
    ),
  );
  if (isUnclear) return undefined;
  const isForbidden = seen.some(
    ({ subs, refusals, endHead }) =>
      line.offset <= endHead &&
      (refusals.some((one) => one.isForbidden && lets(one.filter, line.channel) && line.offset > one.above) ||
        subs.some(
          (sub) => sub.ended === 'forbidden' && lets(lastOf(sub), line.channel) && isAsked(sub, line),
        )),
  );
  return isForbidden ? 'no-grant' : 'not-subscribed';
}

function lastOf({ filters }: Sub): FilterSet {
  return (filters.at(-1) as Sub['filters'][number]).set;
}

function fateOf(
  sub: Sub,
  one: Seen,
  all: readonly Seen[],
  line: Line,
  now: Now,
  isLast: boolean,
): Fate | undefined {
  const { offset, channel } = line;
  const given = sub.given.get(offset);
  if (given) return wasAcked(sub, one, all, offset, given) ? 'had' : 'written';
  for (const { at, gap, moment } of sub.gaps) {
    const set = sub.filters.findLast(({ from }) => from <= at)?.set ?? lastOf(sub);
    if (gap.from === null || gap.from > offset || gap.to < offset || !lets(set, channel)) continue;
    // Of a run of what was left out the log holds both ends; of what it dropped, not the last.
    const isRun =
      gap.reason === 'lag' && gap.missed !== null && sub.asked.onLag === 'latest' && moment.held.has(gap.to);
    // What it held it gave, or will give.
    if (!isRun && gap.missed !== null && moment.held.has(offset) && now.held.has(offset)) continue;
    return isRun ? 'skipped' : 'lost';
  }
  if (!lets(lastOf(sub), channel)) return undefined;
  if (
    sub.liveAt === undefined &&
    sub.asked.replay &&
    'sinceMs' in sub.asked.replay &&
    sub.given.size === 0 &&
    offset <= sub.start &&
    !now.held.has(offset)
  )
    return 'murky';
  if (sub.ended || !isDue(sub, line, now)) return undefined;
  const session = one.life.conversation.session;
  if (one.life.ended ? !isLast : session === undefined) return undefined;
  const own = session?.subscriptions.find(({ id }) => id === sub.id);
  if (session?.behind?.ending && [...session.behind.ending.keys()].some(({ id }) => id === sub.id))
    return undefined;
  const isPassed = offset <= (own?.begins ?? 0) || (!own?.replay && offset <= (session?.behind?.skipTo ?? 0));
  if (isPassed || !now.held.has(offset)) return 'lost';
  const isNewest = !now.lines.some(
    (other) => !other.isGap && other.channel === channel && other.offset > offset,
  );
  const hasOwnReplay = sub.liveAt === undefined && sub.asked.replay !== undefined;
  const isBehind = one.life.ended !== undefined || session?.behind !== undefined || own?.replay !== undefined;
  return sub.asked.onLag === 'latest' && !hasOwnReplay && isBehind && !isNewest ? 'skipped' : 'due';
}

/** Whether a subscription asked for it, whatever the log holds. */
function isAsked(sub: Sub, line: Line): boolean {
  const { asked, start, liveAt } = sub;
  if (asked.replay && 'last' in asked.replay && liveAt === undefined) return line.offset > start;
  return isDue(sub, line, { lines: [], held: new Set(), head: 0 });
}

/** Whether a subscription that has not been given it asked for it. */
function isDue(
  { asked, start, grantedAt, liveAt }: Sub,
  { offset, channel, atMs }: Line,
  { lines, held }: Now,
): boolean {
  if (liveAt !== undefined) return offset > liveAt;
  const { replay, replayed, after } = asked;
  if (replayed !== undefined && offset <= replayed) return false;
  if (!replay) return offset > (after ?? start);
  if (offset > start) return true;
  if ('since' in replay) return offset > replay.since.offset;
  if ('sinceMs' in replay) return atMs >= grantedAt.elapsed - replay.sinceMs;
  if (!held.has(offset)) return false;
  return (
    lines.filter(
      (other) => !other.isGap && other.channel === channel && other.offset > offset && other.offset <= start,
    ).length < replay.last
  );
}

function wasAcked(
  sub: Sub,
  one: Seen,
  all: readonly Seen[],
  offset: number,
  { at, isReplayed }: { readonly at: number; readonly isReplayed: boolean },
): boolean {
  const isAcked = one.acks.some((ack) => {
    if (ack.at < at) return false;
    if (!isReplayed) return ack.offset >= offset;
    return ack.isAll;
  });
  if (isAcked || isReplayed) return isAcked;
  for (const each of all.slice(all.indexOf(one) + 1)) {
    const again = each.subs.find(({ id }) => id === sub.id)?.asked.after ?? 0;
    if (!each.resumed || again < offset) return false;
    if (each.acks.some((ack) => ack.offset >= offset)) return true;
  }
  return false;
}

/** Follows one connection, frame by frame. */
function see(life: Life, now: Now): Seen {
  const seen: Seen = {
    life,
    resumed: false,
    subs: [],
    refusals: [],
    acks: [],
    endHead: life.ended?.at.head ?? now.head,
  };
  const asked = new Map<number, SubscribeBody>();
  const unsubscribes: Said[] = [];
  let announced: { id: number; left: number } | undefined;
  let sentBytes = 0;
  let isWelcome = false;
  const open = (id: number): Sub | undefined => seen.subs.find((sub) => sub.id === id && !sub.ended);
  for (const [at, happening] of life.link.happened.entries()) {
    if (happening.kind === 'entry') {
      const { offset, bytes } = happening;
      sentBytes += bytes;
      if (announced) {
        open(announced.id)?.given.set(offset, { at, isReplayed: true });
        announced.left -= 1;
        if (announced.left === 0) announced = undefined;
        continue;
      }
      const channel = now.lines.find((line) => line.offset === offset)?.channel ?? '';
      for (const sub of seen.subs)
        if (!sub.ended && sub.liveAt !== undefined && offset > sub.liveAt && lets(lastOf(sub), channel))
          sub.given.set(offset, { at, isReplayed: false });
    } else if (happening.kind === 'said') {
      const { hello, subscribe, unsubscribe, ack } = happening.message;
      for (const body of [...(hello?.subscriptions ?? []), ...(subscribe ? [subscribe] : [])])
        asked.set(body.id, body);
      if (unsubscribe) unsubscribes.push(unsubscribe);
      // One before `welcome` is rejected.
      if (ack && isWelcome) seen.acks.push({ at, offset: ack.offset, isAll: ack.bytes >= sentBytes });
    } else {
      const message = happening.message as Said;
      const { welcome, subscribed, refused, unsubscribed, replay, live, gap } = message;
      if (welcome) {
        isWelcome = true;
        seen.resumed = welcome.resumed;
      }
      if (replay) announced = { id: replay.subscription, left: replay.count };
      if (live) (open(live.subscription) as Sub).liveAt = live.offset;
      if (subscribed) {
        const body = asked.get(subscribed.id) as SubscribeBody;
        seen.subs.push({
          id: subscribed.id,
          asked: body,
          filters: [{ from: 0, set: { channels: body.channels ?? [], prefixes: body.prefixes ?? [] } }],
          start: subscribed.offset,
          grantedAt: happening.at,
          liveAt: subscribed.replaying ? undefined : subscribed.offset,
          given: new Map(),
          gaps: [],
          ended: undefined,
        });
      }
      if (refused?.subscription !== undefined) {
        const sub = open(refused.subscription);
        const body = asked.get(refused.subscription) as SubscribeBody;
        const filter = { channels: body.channels ?? [], prefixes: body.prefixes ?? [] };
        const isForbidden = refused.code === 'forbidden';
        const since = body.replay && 'since' in body.replay ? body.replay.since.offset : undefined;
        const above = Math.min(body.after ?? since ?? happening.at.head, happening.at.head);
        if (sub) sub.ended = isForbidden ? 'forbidden' : 'gone';
        else seen.refusals.push({ filter, isForbidden, above });
      }
      if (unsubscribed) {
        const [taken] = unsubscribes.splice(
          unsubscribes.findIndex(({ id }) => id === unsubscribed.id),
          1,
        );
        const sub = open(unsubscribed.id);
        if (sub && taken) {
          const set = lastOf(sub);
          const channels = set.channels.filter((channel) => !taken.channels?.includes(channel));
          if (taken.channels && channels.length + set.prefixes.length > 0)
            sub.filters.push({ from: at, set: { ...set, channels } });
          else sub.ended = 'gone';
        }
      }
      if (gap?.subscriptions)
        for (const id of gap.subscriptions) open(id)?.gaps.push({ at, gap, moment: happening.at });
    }
  }
  return seen;
}
