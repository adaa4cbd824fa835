import type { FilterSet, SessionDetail } from '@zerospan/shared';
import { useState } from 'preact/hooks';
import { count, dateTime, duration, plural } from '../../data/format.ts';
import { Time } from '../../parts/time.tsx';
import { endOf, GAP_WORDS } from './words.ts';

/** Names that are shown before one asks for more, and how many more each time. */
const NAMES = 20;

interface PartProps {
  readonly client: SessionDetail;
}

const LAG_WORDS = {
  replay: 'everything, when behind',
  latest: 'the newest of each channel, when behind',
  close: 'ends, when behind',
} as const;

/** What it is subscribed to. */
export function Subscriptions({ client: { subscribed, subscriptions, filters } }: PartProps) {
  return (
    <section class="part">
      <h3>
        {plural(subscriptions, 'subscription')}, {plural(filters, 'filter')}
      </h3>
      {subscribed.length === 0 && <p class="muted">It has subscribed to nothing, and is given nothing.</p>}
      <ul class="plain">
        {subscribed.map(({ id, onLag, channels, prefixes, replayed }) => (
          <li key={id}>
            <span class="muted">{id}</span> <Filters set={{ channels, prefixes }} />{' '}
            <span class="muted">
              ({LAG_WORDS[onLag]}
              {replayed !== undefined && `; reads what was before, up to ${replayed} so far`})
            </span>
          </li>
        ))}
      </ul>
      {subscribed.length < subscriptions && (
        <p class="hint">The other {count(subscriptions - subscribed.length)} are not shown.</p>
      )}
    </section>
  );
}

/** What its access lets it do. */
export function Access({ client: { grants } }: PartProps) {
  const { subscribe, put, history, confirm, admin, metrics, observe } = grants;
  const rights = [
    confirm === 'names' ? 'learn by name who got a message' : confirm && 'learn how many got a message',
    admin && 'administer',
    observe && 'see clients and the state of the server',
    metrics && 'read the metrics',
  ].filter((each) => typeof each === 'string');
  return (
    <section class="part">
      <h3>Access</h3>
      <dl class="facts">
        <dt>Subscribe</dt>
        <dd>
          <Filters set={subscribe} />
        </dd>
        <dt>Put</dt>
        <dd>
          <Filters set={put} />
        </dd>
        <dt>Read back</dt>
        <dd>
          <Filters set={history} />
        </dd>
        <dt>Rights</dt>
        <dd>{rights.length === 0 ? <span class="muted">none beside these</span> : rights.join(', ')}</dd>
      </dl>
    </section>
  );
}

/** Gaps that were reported to it. */
export function Gaps({ client: { reported, gaps } }: PartProps) {
  if (gaps === 0) return null;
  return (
    <section class="part">
      <h3>{plural(gaps, 'gap')} reported to it</h3>
      <ul class="plain">
        {reported.map((gap, i) => (
          <li key={i}>
            <Time ms={gap.time} />{' '}
            <strong class="warn">
              {gap.missed === null ? 'Not known how many' : plural(gap.missed, 'message')}
            </strong>
            {gap.from !== null && (
              <span class="mono">
                {' '}
                {gap.from}–{gap.to ?? 'end'}
              </span>
            )}
            . {GAP_WORDS[gap.reason]}
          </li>
        ))}
      </ul>
      {reported.length < gaps && <p class="hint">These are the latest.</p>}
    </section>
  );
}

/** Sessions that the same client had before. */
export function Earlier({ client: { earlier } }: PartProps) {
  if (earlier.length === 0) return null;
  return (
    <section class="part">
      <h3>Earlier sessions</h3>
      <ul class="plain">
        {earlier.map(({ session, began, ended, code }) => (
          <li key={session}>
            {dateTime(began)}, for {duration(Math.max(0, ended - began))}. {endOf(code)}{' '}
            <bdi class="mono muted">{session}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Channels and prefixes; of a long list, some at a time. */
function Filters({ set: { channels, prefixes } }: { readonly set: FilterSet }) {
  const [shown, setShown] = useState(NAMES);
  if (prefixes.includes('')) return <>all channels</>;
  const all = [
    ...prefixes.map((prefix) => ({ key: `${prefix}*`, name: prefix, isPrefix: true })),
    ...channels.map((channel) => ({ key: channel, name: channel, isPrefix: false })),
  ];
  if (all.length === 0) return <span class="muted">nothing</span>;
  return (
    <>
      {all.slice(0, shown).map(({ key, name, isPrefix }, i) => (
        <span key={key}>
          {i > 0 && ', '}
          {isPrefix && 'all that begins with '}
          <bdi class="mono">{name}</bdi>
        </span>
      ))}
      {all.length > shown && (
        <>
          {' '}
          <button type="button" class="link" onClick={() => setShown(shown + 10 * NAMES)}>
            and {count(all.length - shown)} more
          </button>
        </>
      )}
    </>
  );
}
