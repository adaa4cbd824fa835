import { useEffect } from 'preact/hooks';
import { sentences } from '../../../data/connection.ts';
import { count, duration, plural, positionText } from '../../../data/format.ts';
import { Time } from '../../../parts/time.tsx';
import { hrefOf } from '../../../shell/router.ts';
import { useServices } from '../../../shell/services.ts';
import type { Sending } from '../sending.ts';
import { sumsOf } from './receipt.ts';

/** Longer messages are cut. */
const TEXT_MOST = 300;

/** What became of a broadcast as a whole: sent, waiting, answered, refused, or not known. */
export function Outcome({ sending }: { readonly sending: Sending }) {
  const { announcer } = useServices();
  const { order, parts, first, rows, isDone, receipt } = sending;
  const sums = sumsOf(rows);
  const failed = parts.filter(({ state: { kind } }) => kind === 'refused' || kind === 'outcome-unknown');
  const words = isDone && rows.length > 0 && receipt !== 'none' ? verdictOf(sums) : undefined;
  useEffect(() => {
    if (words !== undefined) announcer.say(words);
  }, [announcer, words]);
  return (
    <header class="outcome">
      <p class="message-text">
        <bdi>{order.text.length > TEXT_MOST ? `${order.text.slice(0, TEXT_MOST)}…` : order.text}</bdi>
      </p>
      <p class="muted">
        {order.isAgain && 'Sent again, '}
        {first ? (
          <>
            <Time ms={first.time} /> on {plural(rows.length, 'channel')},{' '}
            <a href={hrefOf('messages', { c: first.channels[0]?.channel, at: placeOf(first) })}>
              offset {first.channels[0]?.offset}
            </a>
          </>
        ) : isDone ? (
          `to ${plural(order.channels.length, 'channel')}`
        ) : (
          `Sending to ${plural(order.channels.length, 'channel')} …`
        )}
        {parts.length > 1 && `, in ${count(parts.length)} puts, each of which is taken whole or not at all`}
      </p>
      {!isDone && rows.length > 0 && (
        <p class="waiting" role="status">
          It is in the log. Waiting for answers, for {duration(order.timeoutMs)} at most …
        </p>
      )}
      {!isDone && <progress aria-label="Waiting for answers" />}
      {words !== undefined && <p class="verdict">{words}</p>}
      {isDone && receipt === 'none' && rows.length > 0 && (
        <p class="verdict">
          In the log, for {plural(sums.sessions, 'session')} and{' '}
          {plural(sums.nativeSubscriptions, 'native subscription')}.
        </p>
      )}
      {sending.unnamed > 0 && (
        <p class="hint">{plural(sending.unnamed, 'session')} more could not be named.</p>
      )}
      {failed.map(({ channels, state }) => (
        <p key={channels[0]} class={state.kind === 'refused' ? 'failed bad' : 'failed warn'}>
          {state.kind === 'outcome-unknown' ? (
            <>
              <strong>It is not known whether this was put</strong> on {plural(channels.length, 'channel')}:
              the connection was lost before the answer came, and the server no longer knows. Check whether it
              is in{' '}
              <a href={hrefOf('messages', { c: channels[0] })}>the messages of {channels[0]?.slice(0, 60)}</a>{' '}
              before you send it again.
            </>
          ) : (
            <>
              <strong>Not sent</strong> on {plural(channels.length, 'channel')}:{' '}
              {'error' in state ? sentences(state.error) : ''}
            </>
          )}
        </p>
      ))}
    </header>
  );
}

function placeOf(first: NonNullable<Sending['first']>): string {
  return positionText({ epoch: first.epoch, offset: first.channels[0]?.offset ?? 0 });
}

function verdictOf({
  confirmed,
  skipped,
  unanswered,
  sessions,
  nobody,
  nativeSubscriptions,
}: ReturnType<typeof sumsOf>) {
  const parts = [
    sessions === 0
      ? 'Nobody was there to answer'
      : `${count(confirmed)} of ${plural(sessions, 'session')} ${sessions === 1 ? 'has' : 'have'} it`,
    skipped > 0 && `${count(skipped)} skipped it`,
    unanswered > 0 && `${count(unanswered)} did not answer`,
    nobody > 0 && `${plural(nobody, 'channel')} had nobody`,
    nativeSubscriptions > 0 && `${plural(nativeSubscriptions, 'native subscription')}, which never answer`,
  ].filter((part) => part !== false);
  return `${parts.join(', ')}.`;
}
