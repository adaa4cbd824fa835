import type { ServerStatus } from '@zerospan/shared';
import { Fragment } from 'preact';
import { count, duration } from '../../data/format.ts';

/** All else that the server says of itself. */
export function Figures({ status }: { readonly status: ServerStatus }) {
  const { sessions, connections, channels, zeromq, limits, gaps, refusals, version, uptimeMs, log } = status;
  return (
    <div class="figures">
      <Facts
        title="Clients and channels"
        facts={[
          ['Sessions live', count(sessions.live)],
          ['Sessions behind', count(sessions.behind)],
          ['Connections', count(connections)],
          ['Channels known', count(channels.known)],
          ['Channels with messages', count(channels.held)],
        ]}
      />
      <Lag steps={sessions.lag} />
      <Facts
        title="ZeroMQ"
        facts={[
          ['Subscribers connect to', zeromq.address],
          ['Publishers connect to', zeromq.ingress ?? 'turned off'],
          ['Subscribers connected', count(zeromq.peers.egress)],
          ['Publishers connected', count(zeromq.peers.ingress)],
          ['Received', count(zeromq.received)],
          ['Sent', count(zeromq.sent)],
          ...zeromq.sources.map(
            ({ address, isConnected, disconnects }) =>
              [
                `Source ${address}`,
                `${isConnected ? 'connected' : 'not connected'}, lost ${count(disconnects)} times`,
              ] as const,
          ),
        ]}
      />
      <CountsOf title="Gaps reported, by reason" counts={gaps} none="No gap since the start." />
      <CountsOf title="Refused, by code" counts={refusals} none="Nothing since the start." />
      <CountsOf
        title="Dropped from ZeroMQ, by reason"
        counts={zeromq.dropped}
        none="Nothing since the start."
      />
      {limits.length > 0 && (
        <section class="card" aria-labelledby="limits-title">
          <h2 id="limits-title">How near the limits are</h2>
          <dl class="limits">
            {limits.map(({ setting, used, most }) => (
              <div key={setting}>
                <dt>
                  <code>{setting}</code>
                </dt>
                <dd>
                  <meter min={0} max={most} high={most * 0.8} value={used} aria-label={setting} />
                  <span class="number">
                    {count(used)} of {count(most)}
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <Facts
        title="Server"
        facts={[
          ['Version', version],
          ['Running for', duration(uptimeMs)],
          ['Kind of log', log.kind],
          ['Epoch', log.epoch],
          ['Oldest offset held', count(log.oldest)],
        ]}
      />
    </div>
  );
}

/** Sessions by how far they are below the newest: bars of the share of all, with their number beside. */
function Lag({ steps }: { readonly steps: ServerStatus['sessions']['lag'] }) {
  const all = steps.reduce((sum, { sessions }) => sum + sessions, 0);
  return (
    <section class="card" aria-labelledby="lag-title">
      <h2 id="lag-title">Sessions, by offsets below the newest</h2>
      <dl class="limits lag">
        {steps.map(({ most, sessions }, at) => {
          const name = most === null ? `over ${count(steps[at - 1]?.most ?? 0)}` : `up to ${count(most)}`;
          return (
            <div key={name}>
              <dt>{most === 0 ? 'none' : name}</dt>
              <dd>
                <meter min={0} max={Math.max(all, 1)} value={sessions} aria-label={name} />
                <span class="number">{count(sessions)}</span>
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

interface FactsProps {
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
}

function Facts({ title, facts }: FactsProps) {
  return (
    <section class="card">
      <h2>{title}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}

interface CountsOfProps {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly none: string;
}

function CountsOf({ title, counts, none }: CountsOfProps) {
  const known = Object.entries(counts)
    .filter(([, value]) => value > 0)
    .toSorted(([, one], [, other]) => other - one);
  if (known.length > 0)
    return <Facts title={title} facts={known.map(([name, value]) => [name, count(value)])} />;
  return (
    <section class="card">
      <h2>{title}</h2>
      <p class="hint">{none}</p>
    </section>
  );
}
