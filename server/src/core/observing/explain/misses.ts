import type { RefusalRecord, Span } from '../../journal/records.ts';
import type { Story, Timeline } from '../../journal/timeline.ts';
import { type Asked, isMatch } from './claims.ts';

/** Why no subscription of a client was due a publication. */
export type Miss =
  /** None that matched was ever there. */
  | { readonly kind: 'never' }
  | { readonly kind: 'no-session' }
  /** It began behind it; it ended before; its session did, and its client came back without a position. */
  | { readonly kind: 'later' | 'ended' | 'not-resumed'; readonly story: Story; readonly span: Span }
  | { readonly kind: 'refused'; readonly story: Story; readonly refusal: RefusalRecord }
  /** A fresh token did not grant it any more. */
  | { readonly kind: 'forbidden'; readonly story: Story; readonly span: Span };

/** Whether the client asked for it, and had no grant. */
export function isNoGrant(miss: Miss): boolean {
  return miss.kind === 'forbidden' || (miss.kind === 'refused' && miss.refusal.code === 'forbidden');
}

/** To be asked where no subscription claims it. */
export function missOf({ stories }: Timeline, asked: Asked): Miss {
  const { offset } = asked;
  // What was refused or has ended concerns what was published until the session ended.
  const then = [...stories].reverse().filter(({ era }) => era === asked.era);
  const misses = then.flatMap((story) => {
    const isOver = offset > (story.end?.head ?? Number.POSITIVE_INFINITY);
    const matching = story.spans.filter((span) => isMatch(span, asked));
    return [
      ...(isOver ? [] : refusalsOf(story, asked)),
      ...matching.flatMap((span) => missOfSpan(story, span, offset, isOver)),
    ];
  });
  const first = (is: (miss: Miss) => boolean): Miss | undefined => misses.find(is);
  return (
    first(isNoGrant) ??
    first(({ kind }) => kind === 'refused' || kind === 'ended') ??
    first(({ kind }) => kind === 'not-resumed') ??
    first(({ kind }) => kind === 'later') ??
    (then.some((story) => isWithin(story, offset)) ? { kind: 'never' } : { kind: 'no-session' })
  );
}

function refusalsOf(story: Story, asked: Asked): Miss[] {
  return story.refusals
    .filter((refusal) => isMatch(refusal, asked) && asked.offset > refusal.after)
    .map((refusal) => ({ kind: 'refused', story, refusal }));
}

function missOfSpan(story: Story, span: Span, offset: number, isOver: boolean): Miss[] {
  if (offset <= Math.max(span.after, span.last?.asOf ?? 0)) return [{ kind: 'later', story, span }];
  if (offset <= span.upTo || span.end === undefined || span.end === 'live') return [];
  if (span.end === 'closed') return [{ kind: 'not-resumed', story, span }];
  if (isOver) return [];
  return [{ kind: span.end === 'forbidden' ? 'forbidden' : 'ended', story, span }];
}

/** Whether it was published while a session was open. */
function isWithin({ began, end }: Story, offset: number): boolean {
  return offset > began.beganAt && offset <= (end?.head ?? Number.POSITIVE_INFINITY);
}
