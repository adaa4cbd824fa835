import type { Verdict } from '@zerospan/shared';
import { covers } from '../../journal/client-history.ts';
import type { Timeline } from '../../journal/timeline.ts';
import type { Asked, Claim } from './claims.ts';
import { isNoGrant, type Miss, missOf } from './misses.ts';

/** What a verdict goes by. */
export type Ground =
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'miss'; readonly miss: Miss }
  /** Of what was published up to some place, something may have been forgotten. */
  | { readonly kind: 'forgotten' }
  /** Of the client's last session, or of what it was refused, something was forgotten; or nothing is ever kept. */
  | { readonly kind: 'incomplete' }
  /** The channel is not known any more, and it matters. */
  | { readonly kind: 'channel' };

export interface Judgement {
  readonly verdict: Verdict;
  readonly ground: Ground;
  /** What all of its subscriptions had of it, those of the newest session first. */
  readonly claims: readonly Claim[];
}

/** The strongest first: what one subscription was given its client was given. */
const STRENGTH: readonly Claim['kind'][] = ['written', 'unsure', 'due', 'lost', 'skipped'];

/**
 * What became of one publication at one client.
 * @param claims of all its sessions, the newest session's first
 */
export function judge(timeline: Timeline, asked: Asked, claims: readonly Claim[]): Judgement {
  const of = (verdict: Verdict, ground: Ground): Judgement => ({ verdict, ground, claims });
  if (covers(timeline.forgotten, asked)) return of('unknown', { kind: 'forgotten' });
  if (!timeline.isWhole) return of('unknown', { kind: 'incomplete' });
  const claim = deciding(claims);
  if (claim && asked.channel === undefined) return of('unknown', { kind: 'channel' });
  if (claim) return of(verdictOf(claim), { kind: 'claim', claim });
  if (timeline.hasForgottenRefusal) return of('unknown', { kind: 'incomplete' });
  const miss = missOf(timeline, asked);
  if (!isNoGrant(miss)) return of('not-subscribed', { kind: 'miss', miss });
  if (asked.channel === undefined) return of('unknown', { kind: 'channel' });
  return of('no-grant', { kind: 'miss', miss });
}

/**
 * The claim that counts. What was acknowledged stays so. Else the newest session with a claim decides: a client that
 * comes back from below does not have what was written to it before.
 * @param claims the newest session's first
 */
function deciding(claims: readonly Claim[]): Claim | undefined {
  const had = claims.findLast((claim) => claim.had);
  if (had) return had;
  let unsure: Claim | undefined;
  for (const story of new Set(claims.map((claim) => claim.story))) {
    const own = claims.filter((claim) => claim.story === story);
    const best = own.reduce((a, b) => (STRENGTH.indexOf(b.kind) < STRENGTH.indexOf(a.kind) ? b : a));
    if (best.kind !== 'unsure') return unsure && best.kind !== 'written' ? unsure : best;
    unsure ??= best;
  }
  return unsure;
}

function verdictOf({ kind, had, story }: Claim): Verdict {
  switch (kind) {
    case 'written':
      return had ? 'had' : 'written';
    case 'unsure':
      return 'unknown';
    case 'due':
      return story.end ? 'away' : 'coming';
    case 'lost':
    case 'skipped':
      return kind;
  }
}
