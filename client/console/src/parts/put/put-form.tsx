import { type PutResult, ZerospanError } from '@zerospan/client';
import { useRef, useState } from 'preact/hooks';
import { plural } from '../../data/format.ts';
import { useServices } from '../../shell/services.ts';
import { faultWords, messageFault } from '../message/json-check.ts';
import { readTargets } from '../targets/targets.ts';
import { Time } from '../time.tsx';
import { channelsFault } from './put-check.ts';

/** What came of the last put. */
type Outcome =
  | { readonly kind: 'pending' }
  | { readonly kind: 'accepted'; readonly result: PutResult }
  | { readonly kind: 'refused'; readonly error: Error };

interface PutFormProps {
  /** Names that stand in the form at first. */
  readonly channels: string;
  /** Whether the console itself is subscribed to these channels, and must not pass for a listener. */
  readonly listens: boolean;
}

/** Puts one message on some channels, and says for each who is subscribed to it. */
export function PutForm({ channels: given, listens }: PutFormProps) {
  const { connection } = useServices();
  const [channels, setChannels] = useState(given);
  const [message, setMessage] = useState('"hello"');
  const [outcome, setOutcome] = useState<Outcome>();
  const form = useRef<HTMLFormElement>(null);
  const [channelsField, messageField] = [
    useRef<HTMLTextAreaElement>(null),
    useRef<HTMLTextAreaElement>(null),
  ];
  const fault = messageFault(message);
  const faults = { channels: channelsFault(channels), message: fault && faultWords(fault) };
  const put = async (): Promise<void> => {
    if (outcome?.kind === 'pending') return;
    const faulty = faults.channels ? channelsField : faults.message ? messageField : undefined;
    if (faulty) {
      faulty.current?.focus();
      return;
    }
    const bus = connection.bus.peek();
    setOutcome({ kind: 'pending' });
    try {
      if (bus === undefined) throw new ZerospanError('closed');
      // The text and not its value, so that the bytes on the bus are those that were typed.
      const result = await bus.publish().putText(readTargets(channels).names, message.trim());
      setOutcome({ kind: 'accepted', result });
    } catch (error) {
      setOutcome({ kind: 'refused', error: error instanceof Error ? error : new Error(String(error)) });
    }
  };
  const several = readTargets(channels).names.length;
  return (
    <div class="put">
      <form
        ref={form}
        noValidate
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void put();
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          form.current?.requestSubmit();
        }}
      >
        <div class="field">
          <label for="put-channels">Channels</label>
          <textarea
            id="put-channels"
            ref={channelsField}
            rows={2}
            spellcheck={false}
            autoCapitalize="off"
            value={channels}
            aria-invalid={faults.channels !== undefined}
            aria-describedby="put-channels-hint"
            onInput={(event) => setChannels(event.currentTarget.value)}
          />
          <p class={faults.channels ? 'hint bad' : 'hint'} id="put-channels-hint" aria-live="polite">
            {faults.channels ??
              (several === 1
                ? 'Spaces, commas or new lines between channels.'
                : `${plural(several, 'channel')}: all get it, or none.`)}
          </p>
        </div>
        <div class="field">
          <label for="put-message">Message</label>
          <textarea
            id="put-message"
            ref={messageField}
            rows={4}
            spellcheck={false}
            autoCapitalize="off"
            value={message}
            aria-invalid={faults.message !== undefined}
            aria-describedby="put-message-hint"
            onInput={(event) => setMessage(event.currentTarget.value)}
          />
          <p class={faults.message ? 'hint bad' : 'hint'} id="put-message-hint" aria-live="polite">
            {faults.message ?? 'Any JSON value, sent exactly as you write it.'}
          </p>
        </div>
        <p>
          <button type="submit" class="main">
            Put
          </button>{' '}
          <span class="hint">
            or <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
        </p>
      </form>
      {outcome && <Verdict outcome={outcome} isLive={connection.isConnected.value} listens={listens} />}
    </div>
  );
}

interface VerdictProps {
  readonly outcome: Outcome;
  readonly isLive: boolean;
  readonly listens: boolean;
}

/** The verdict is read out to those who listen to the page; a table of 1,000 channels is not. */
function Verdict({ outcome, isLive, listens }: VerdictProps) {
  return (
    <div class="answer">
      <div class="verdict" role="status">
        {outcome.kind === 'pending' && (
          <p>
            {isLive ? 'Putting…' : 'Waiting for the connection. The message goes out as soon as it is back.'}
          </p>
        )}
        {outcome.kind === 'accepted' && (
          <p class="good">
            Accepted on {plural(outcome.result.channels.length, 'channel')} <Time ms={outcome.result.time} />
          </p>
        )}
        {outcome.kind === 'refused' && <Refusal error={outcome.error} />}
      </div>
      {outcome.kind === 'accepted' && <Counts result={outcome.result} listens={listens} />}
    </div>
  );
}

/** A refusal: its code, what went wrong, what to do. */
function Refusal({ error }: { readonly error: Error }) {
  const known = error instanceof ZerospanError ? error : undefined;
  return (
    <>
      <p class="bad">
        Not accepted <code>{known?.code ?? 'failed'}</code>
      </p>
      <p>{error.message}</p>
      {known && <p class="muted">{known.remedy}</p>}
    </>
  );
}

/** Channels shown of a put on many. */
const MOST = 1_000;

function Counts({ result, listens }: { readonly result: PutResult; readonly listens: boolean }) {
  return (
    <table class="counts">
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col" class="number">
            Offset
          </th>
          <th scope="col" class="number">
            Sessions
          </th>
          <th scope="col" class="number">
            ZeroMQ
          </th>
        </tr>
      </thead>
      <tbody>
        {result.channels.slice(0, MOST).map(({ channel, offset, sessions, nativeSubscriptions }) => (
          <tr key={channel}>
            <th scope="row">
              <bdi class="mono">{channel}</bdi>{' '}
              <Alone sessions={sessions} native={nativeSubscriptions} listens={listens} />
            </th>
            <td class="number">{offset}</td>
            <td class="number">{sessions}</td>
            <td class="number">{nativeSubscriptions}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface AloneProps {
  readonly sessions: number;
  readonly native: number;
  readonly listens: boolean;
}

function Alone({ sessions, native, listens }: AloneProps) {
  if (sessions + native === 0) return <span class="tag warn">nobody listens</span>;
  if (listens && sessions === 1 && native === 0) return <span class="tag warn">only this page listens</span>;
  return null;
}
