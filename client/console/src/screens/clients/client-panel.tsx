import type { SessionDetail } from '@zerospan/shared';
import { useEffect, useMemo } from 'preact/hooks';
import { type Api, Problem } from '../../data/api.ts';
import { bytes, count, dateTime, duration } from '../../data/format.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Side } from '../../parts/side.tsx';
import { useKeys } from '../../shell/keys/use-keys.ts';
import { hrefOf } from '../../shell/router.ts';
import { useServices } from '../../shell/services.ts';
import { Access, Earlier, Gaps, Subscriptions } from './client-parts.tsx';
import { EndAccess } from './end-access.tsx';
import { ForecastField } from './forecast-field.tsx';
import { Name } from './names.tsx';
import { Polled } from './polled.ts';
import { StaleNote } from './stale-note.tsx';
import { nameOf, TRANSPORT_WORDS } from './words.ts';

interface ClientPanelProps {
  /** The session that is open; undefined: the newest of the client. */
  readonly session: string | undefined;
  readonly clientRef: string | undefined;
  readonly onClose: () => void;
  readonly write: (changed: Readonly<Record<string, string | undefined>>) => void;
}

/** What the server knows of one client, beside the list. */
export function ClientPanel({ session, clientRef, onClose, write }: ClientPanelProps) {
  const { api, router } = useServices();
  const polled = useMemo(
    () => new Polled((signal) => read(api, session, clientRef, signal)),
    [api, session, clientRef],
  );
  useEffect(() => polled.start(), [polled]);
  useKeys([{ key: 'Escape', what: 'Close the client', run: onClose }]);
  const client = polled.value.value;
  const problem = polled.problem.value;
  const isGone = problem?.code === 'unknown-session';
  return (
    <Side title={client === undefined ? 'Client' : nameOf(client)} onClose={onClose}>
      <div class="client">
        {isGone && <Gone clientRef={client?.ref ?? clientRef} />}
        {!isGone && <StaleNote staleMs={polled.staleMs} problem={polled.problem} />}
        {client === undefined && problem !== undefined && !isGone && (
          <Empty lead={problem.message}>
            <p>{problem.remedy}</p>
          </Empty>
        )}
        {client !== undefined && (
          <div class={isGone || polled.staleMs.value !== undefined ? 'stale' : ''}>
            {session !== undefined && client.session !== session && (
              <p class="hint">It has reconnected since: this is its session now.</p>
            )}
            <Facts client={client} />
            <ForecastField
              client={client}
              channel={router.query.value.get('ch') ?? ''}
              onChannel={(channel) => write({ ch: channel })}
            />
            <Subscriptions client={client} />
            <Access client={client} />
            <Gaps client={client} />
            <Earlier client={client} />
            <EndAccess client={client} isGone={isGone} onEnded={() => polled.again()} />
          </div>
        )}
      </div>
    </Side>
  );
}

/** The session of this id; where it has ended, the newest of the same client. */
async function read(
  api: Api,
  session: string | undefined,
  clientRef: string | undefined,
  signal: AbortSignal,
): Promise<SessionDetail> {
  const of = (id: string) => api.get<SessionDetail>(`sessions/${encodeURIComponent(id)}`, {}, signal);
  try {
    return await of(session ?? clientRef ?? '');
  } catch (error) {
    const isGone = error instanceof Problem && error.code === 'unknown-session';
    if (!isGone || session === undefined || clientRef === undefined) throw error;
    return of(clientRef);
  }
}

function Gone({ clientRef }: { readonly clientRef: string | undefined }) {
  return (
    <p class="note">
      It is not connected now. What it had of a message, the log and the journal may still know:{' '}
      <a href={hrefOf('explain', { client: clientRef })}>explain a message</a>.
    </p>
  );
}

function Facts({ client }: { readonly client: SessionDetail }) {
  const { subject, name, address, transport, session, ref, since, expires, standing, position, lag, window } =
    client;
  const now = Date.now();
  return (
    <dl class="facts">
      {name !== undefined && <Fact title="Calls itself">{<Name of={name} />}</Fact>}
      <Fact title="Subject">
        {subject === undefined ? (
          <span class="muted">nobody is asked who they are</span>
        ) : (
          <Name of={subject} />
        )}
      </Fact>
      <Fact title="Address">
        {address === '' ? <span class="muted">not kept</span> : <Name of={address} />}
        <span class="muted"> by {TRANSPORT_WORDS[transport]}</span>
      </Fact>
      <Fact title="Reads">
        {standing === 'live' ? (
          <span class="good">Live: it is given each message as it comes</span>
        ) : (
          <span class="warn">Behind: it reads the log to catch up</span>
        )}
      </Fact>
      <Fact title="Position">
        <span class="mono">{position}</span>, {lag === 0 ? 'the newest' : `${count(lag)} below the newest`}
      </Fact>
      <Fact title="Unread">
        <Window bytes={window.bytes} mostBytes={window.mostBytes} />
      </Fact>
      <Fact title="Refusals">{count(client.refusals)}</Fact>
      <Fact title="Connected">
        {dateTime(since)}, for {duration(Math.max(0, now - since))}
      </Fact>
      <Fact title="Access ends">
        {expires === null
          ? 'It does not end by itself'
          : `${dateTime(expires)}, in ${duration(Math.max(0, expires - now))}`}
      </Fact>
      <Fact title="Session">
        <bdi class="mono">{session}</bdi> <CopyButton text={session} what="the session" />
      </Fact>
      <Fact title="Client">
        <bdi class="mono">{ref}</bdi> <CopyButton text={ref} what="the client" />{' '}
        <a href={hrefOf('explain', { client: ref })}>Explain a message</a>
      </Fact>
    </dl>
  );
}

function Fact({ title, children }: { readonly title: string; readonly children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** How much of what the server may send ahead is unread. */
function Window({ bytes: used, mostBytes }: SessionDetail['window']) {
  if (mostBytes === 0) return <span class="muted">it does not acknowledge what it reads</span>;
  return (
    <>
      <meter
        min={0}
        max={mostBytes}
        high={mostBytes * 0.75}
        optimum={0}
        value={used}
        aria-label="Unread of the window"
      />{' '}
      {bytes(used)} of {bytes(mostBytes)}
    </>
  );
}
