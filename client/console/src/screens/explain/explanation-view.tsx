import type { Explanation, Verdict } from '@zerospan/shared';
import { Time } from '../../parts/time.tsx';
import { hrefOf } from '../../shell/router.ts';

/** A verdict in a word or two, and whether that is good. */
const VERDICT_WORDS: Readonly<Record<Verdict, readonly [word: string, style: string]>> = {
  had: ['Has it', 'good'],
  written: ['Sent to it', 'good'],
  coming: ['On its way', 'warn'],
  away: ['Away', 'warn'],
  lost: ['Lost', 'bad'],
  skipped: ['Left out', 'warn'],
  'not-subscribed': ['Not subscribed', 'muted'],
  'no-grant': ['Not allowed', 'bad'],
  'no-publication': ['No message', 'muted'],
  unknown: ['Not known', 'muted'],
};

/** What the server says, and what it follows from. */
export function ExplanationView({ explanation }: { readonly explanation: Explanation }) {
  const { verdict, sentence, evidence, position, client, channel, time } = explanation;
  const [word, style] = VERDICT_WORDS[verdict];
  return (
    <article class="explanation" aria-labelledby="verdict">
      <h2 id="verdict" aria-live="polite">
        <span class={`tag ${style}`}>{word}</span> <bdi>{sentence}</bdi>
      </h2>
      {evidence.length > 0 && (
        <ol class="evidence" aria-label="What this follows from">
          {evidence.map((each, i) => (
            <li key={i}>
              <span class="when muted">{each.time !== null && <Time ms={each.time} />}</span>
              <bdi>{each.text}</bdi>
            </li>
          ))}
        </ol>
      )}
      <p class="links">
        {verdict !== 'no-publication' && (
          <a href={hrefOf('messages', { c: channel, at: position })}>
            The message
            {channel !== undefined && (
              <>
                {' '}
                on <bdi>{channel}</bdi>
              </>
            )}
          </a>
        )}
        {time !== undefined && (
          <span class="muted">
            put <Time ms={time} />
          </span>
        )}
        <a href={hrefOf('clients', { client })}>The client</a>
      </p>
    </article>
  );
}
