import type { Standing } from '../data/connection.ts';
import { count, rate } from '../data/format.ts';
import { Sparkline } from '../parts/sparkline.tsx';
import { useServices } from './services.ts';

const WORDS: Readonly<Record<Standing, string>> = {
  asking: 'Connecting',
  'needs-token': 'Not signed in',
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Log away',
  waiting: 'Waiting to reconnect',
  closed: 'Closed',
};

/** Where the connection stands: a sign, a word, the position; and how much goes over the bus. */
export function StatusBar() {
  const { connection } = useServices();
  const standing = connection.standing.value;
  const position = connection.position.value;
  return (
    <>
      <section class="connection" data-state={standing} aria-label="Connection">
        <p class="state" role="status">
          <span class="sign" aria-hidden="true" />
          <span>{WORDS[standing]}</span>
        </p>
        {position && (
          <dl class="position">
            <div>
              <dt>epoch</dt>
              <dd title={position.epoch}>{short(position.epoch)}</dd>
            </div>
            <div>
              <dt>offset</dt>
              <dd>{position.offset}</dd>
            </div>
          </dl>
        )}
      </section>
      <BusRate />
    </>
  );
}

function BusRate() {
  const { stats } = useServices();
  const perS = stats.minute.value.map(({ rates }) => rates.publicationsPerS);
  const now = perS.at(-1);
  if (now === undefined) return null;
  const most = Math.max(...perS);
  return (
    <section class={stats.staleMs.value !== undefined ? 'rate stale' : 'rate'} aria-label="Rate of the bus">
      <p>
        <strong>{rate(now)}</strong> <span class="unit">a second</span>
      </p>
      <Sparkline
        values={perS}
        label={`Publications a second over the last minute: ${rate(now)} now, ${count(Math.round(most))} at most`}
      />
    </section>
  );
}

/** People only compare epochs: the first characters suffice, and the title has all of them. */
function short(epoch: string): string {
  return epoch.length > 12 ? `${epoch.slice(0, 8)}…` : epoch;
}
