import { useEffect, useState } from 'preact/hooks';
import { count, duration, plural } from '../../data/format.ts';
import { Time } from '../../parts/time.tsx';
import type { VoteAddress } from './address.ts';
import type { VoteReading } from './counting/reading.ts';
import { sizeOf } from './standings.ts';

/** Longer questions are cut: a message may have 64 KiB. */
const QUESTION_MOST = 400;

interface HeadingProps {
  readonly reading: VoteReading;
  readonly vote: VoteAddress;
  /** Whether nobody knows if the question was put. */
  readonly isUncertain: boolean;
  readonly isLarge?: boolean;
}

/** What was asked, when votes end, and how many have voted. */
export function Heading({ reading, vote, isUncertain, isLarge = false }: HeadingProps) {
  const { tally } = reading;
  const voted = tally.votes.size;
  const asked = tally.asked.size;
  const late = tally.late.size;
  const missing = sizeOf(tally, 'missing');
  return (
    <header class={isLarge ? 'vote-heading large' : 'vote-heading'}>
      <h2>
        <bdi>{titleOf(reading, vote)}</bdi>
      </h2>
      {isUncertain && tally.question === undefined && (
        <p class="loss">
          <strong>It is not known whether the question was put.</strong> The connection was lost before the
          answer. If it comes back on its channels, it was, and votes are counted; if it does not, ask again.
        </p>
      )}
      <p class="vote-times">
        {tally.question ? (
          <>
            Asked <Time ms={tally.question.time} />
            {asked > 0 && vote.voter === '' && ` on ${plural(asked, 'channel')}`}
            {tally.closes !== undefined && <Closing closes={tally.closes} durationMs={vote.durationMs} />}
          </>
        ) : vote.id === undefined ? (
          <>
            Every message with a choice counts, {vote.keep === 'first' ? 'the first' : 'the latest'} of each
            voter
          </>
        ) : reading.state.kind === 'reading' ? (
          'Reading the log …'
        ) : (
          'The question is not in the log.'
        )}
      </p>
      <p class="turnout">
        <strong>{count(voted)}</strong>{' '}
        {asked > 0 ? `of ${count(asked)} have voted` : voted === 1 ? 'vote' : 'votes'}
        {late > 0 && <span class="tag warn">{count(late)} late</span>}
        {missing > 0 && reading.state.kind !== 'reading' && <span class="tag">{count(missing)} missing</span>}
      </p>
      {asked > 0 && <progress value={voted} max={asked} aria-label="How many have voted" />}
    </header>
  );
}

function titleOf({ tally }: VoteReading, { prefix, channels, id }: VoteAddress): string {
  const said = tally.question?.message as { readonly question?: unknown } | null | undefined;
  const text = typeof said?.question === 'string' ? said.question : tally.question?.text;
  if (text !== undefined) return text.length > QUESTION_MOST ? `${text.slice(0, QUESTION_MOST)}…` : text;
  if (id !== undefined) return 'A question';
  if (prefix === '') return 'Votes on all channels';
  if (prefix !== undefined) return `Votes on channels that begin with ${prefix}`;
  const [first = ''] = channels;
  return channels.length === 1 ? `Votes on ${first}` : `Votes on ${plural(channels.length, 'channel')}`;
}

/** How long votes still count. The clock of this computer may be another than the server's: it decides nothing. */
function Closing({ closes, durationMs }: { readonly closes: number; readonly durationMs: number }) {
  const [now, setNow] = useState(Date.now());
  const leftMs = Math.min(closes - now, durationMs);
  const isOpen = leftMs > 0;
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isOpen]);
  return isOpen ? (
    <>
      {' · '}votes count for another {duration(Math.max(1_000, leftMs))}
    </>
  ) : (
    <>
      {' · '}ended <Time ms={closes} />
    </>
  );
}
