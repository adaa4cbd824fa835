import type { Bus } from '@zerospan/client';
import type { ChannelDetail } from '@zerospan/shared';
import { utf8Bytes } from '@zerospan/shared';
import { useEffect, useState } from 'preact/hooks';
import { sentences } from '../../../data/connection.ts';
import { bytes, count, plural, rate } from '../../../data/format.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { JsonTree } from '../../../parts/json-tree.tsx';
import { PutForm } from '../../../parts/put/put-form.tsx';
import { Side } from '../../../parts/side.tsx';
import { Time } from '../../../parts/time.tsx';
import { hrefOf } from '../../../shell/router.ts';
import { isOffered, useServices } from '../../../shell/services.ts';
import { Followed } from '../model/followed.ts';
import type { Pins } from '../model/pins.ts';
import { Difference } from './difference.tsx';
import { Listeners } from './listeners.tsx';
import { NumberPlot } from './number-plot.tsx';

/** The facts are read again this often, in ms. */
const REFRESH_MS = 2_000;

interface DetailProps {
  readonly channel: string;
  readonly pins: Pins;
  readonly onClose: () => void;
}

/** One channel: its last value, what changed, a plot, who listens. */
export function Detail({ channel, pins, onClose }: DetailProps) {
  const services = useServices();
  const followed = useFollowed(services.connection.bus.value, channel);
  const detail = useDetail(channel);
  const isPinned = pins.has(channel);
  return (
    <Side
      title={channel}
      actions={
        <button type="button" class="small" aria-pressed={isPinned} onClick={() => pins.toggle(channel)}>
          {isPinned ? 'Pinned' : 'Pin'}
        </button>
      }
      onClose={onClose}
    >
      <p class="actions">
        <CopyButton text={channel} what="the name" />
        <a href={hrefOf('messages', { c: channel })}>Its messages</a>
        {isOffered(services, 'votes') && <a href={hrefOf('votes', { c: channel })}>Votes on it</a>}
      </p>
      {detail && <Facts detail={detail} />}
      {followed && <Values followed={followed} />}
      {detail && <Listeners detail={detail} />}
      {services.connection.mayPut.value && (
        <details class="put-here">
          <summary>Put here</summary>
          <PutForm channels={channel} listens />
        </details>
      )}
    </Side>
  );
}

function Facts({ detail }: { readonly detail: ChannelDetail }) {
  const { perS, sessions, nativeSubscriptions, entries, oldest, offset } = detail;
  return (
    <dl class="facts">
      <dt>A second</dt>
      <dd>{rate(perS)}</dd>
      <dt>Listeners</dt>
      <dd>
        {plural(sessions, 'session')}, {plural(nativeSubscriptions, 'ZeroMQ subscription')}
      </dd>
      <dt>In the log</dt>
      <dd>
        {count(entries)}
        {entries > 0 && oldest !== null && ` from offset ${oldest}`}
        {offset !== null && ` to ${offset}`}
      </dd>
    </dl>
  );
}

function Values({ followed }: { readonly followed: Followed }) {
  void followed.tick.count.value;
  const { last, before, problem, isRead } = followed;
  if (last === undefined)
    return (
      <p class="hint">
        {problem ? sentences(problem) : isRead ? 'The log holds no message of it.' : 'Reading…'}
      </p>
    );
  return (
    <>
      <h3>
        Last value <Time ms={last.time} /> <span class="muted">{bytes(utf8Bytes(last.text))}</span>
      </h3>
      <div class="json-root">
        <JsonTree value={last.message} />
      </div>
      {before && (
        <>
          <h3>Changed since the one before</h3>
          <Difference before={before} last={last} />
        </>
      )}
      <NumberPlot followed={followed} />
      {problem && <p class="hint">{sentences(problem)}</p>}
    </>
  );
}

function useFollowed(bus: Bus | undefined, channel: string): Followed | undefined {
  const { api } = useServices();
  const [followed, setFollowed] = useState<Followed>();
  useEffect(() => {
    setFollowed(undefined);
    if (bus === undefined) return;
    const made = new Followed(bus, api, channel);
    setFollowed(made);
    return () => made.close();
  }, [bus, api, channel]);
  return followed;
}

/** What the server knows of a channel, for who may observe it. */
function useDetail(channel: string): ChannelDetail | undefined {
  const { api, stats } = useServices();
  const mayObserve = stats.mayObserve.value === true;
  const [detail, setDetail] = useState<ChannelDetail>();
  useEffect(() => {
    if (!mayObserve) return;
    const stop = new AbortController();
    const read = (): void => {
      if (document.hidden) return;
      api
        .get<ChannelDetail>(`channels/${encodeURIComponent(channel)}`, {}, stop.signal)
        .then(setDetail, () => {});
    };
    read();
    const timer = setInterval(read, REFRESH_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [api, channel, mayObserve]);
  return mayObserve ? detail : undefined;
}
