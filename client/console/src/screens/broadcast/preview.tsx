import { useEffect, useState } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { plural } from '../../data/format.ts';
import { type Audience, audienceOf } from '../../parts/targets/audience.ts';
import { useServices } from '../../shell/services.ts';

/** After the last key, in ms, the server is asked. */
const REST_MS = 400;

/** It is asked again, because people come and go: after this time, and more for each request that it took. */
const AGAIN_MS = 5_000;
const AGAIN_A_REQUEST_MS = 100;

/** Who would get the message now. */
export function Preview({ names }: { readonly names: readonly string[] }) {
  const { api, stats, connection } = useServices();
  const mayObserve = stats.mayObserve.value;
  const isLive = connection.isConnected.value;
  const [audience, setAudience] = useState<{ readonly key: string; readonly of: Audience | Error }>();
  const key = names.join(' ');
  // The key stands for the names, which are another list each time.
  useEffect(() => {
    if (names.length === 0 || mayObserve === false || !isLive) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (): Promise<void> => {
      let waitMs = AGAIN_MS;
      try {
        if (!document.hidden) {
          const of = await audienceOf(names, api, abort.signal);
          setAudience({ key, of });
          waitMs += of.requests * AGAIN_A_REQUEST_MS;
        }
      } catch (error) {
        if (!abort.signal.aborted) setAudience({ key, of: error as Error });
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void ask(), waitMs);
    };
    timer = setTimeout(() => void ask(), REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key, mayObserve, isLive, api]);
  if (names.length === 0) return null;
  if (mayObserve === false)
    return (
      <p class="hint">
        How many it reaches is known after sending: to see it before requires the right observe.
      </p>
    );
  if (audience?.key === key && audience.of instanceof Error)
    return <p class="hint">Who listens is known after sending: {sentences(audience.of)}</p>;
  if (audience?.key !== key) return <p class="audience muted">Asking who listens …</p>;
  const { sessions, heard, nativeSubscriptions, nobody, notAsked } = audience.of as Audience;
  return (
    <p class="audience">
      <strong>{plural(sessions, 'session')}</strong> on {plural(heard, 'channel')} match this
      {nativeSubscriptions > 0 && `, ${plural(nativeSubscriptions, 'native subscription')}`}
      {nobody > 0 && `, ${plural(nobody, 'channel')} ${nobody === 1 ? 'has' : 'have'} nobody`}.
      {notAsked > 0 && ` ${plural(notAsked, 'channel')} could not be asked about.`}
    </p>
  );
}
