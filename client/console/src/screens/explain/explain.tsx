import type { Explanation } from '@zerospan/shared';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { positionOf, positionText } from '../../data/format.ts';
import { useKeys } from '../../shell/keys/use-keys.ts';
import { useServices } from '../../shell/services.ts';
import { Polled } from '../clients/polled.ts';
import { StaleNote } from '../clients/stale-note.tsx';
import { ClientPicker } from './client-picker.tsx';
import { ExplanationView } from './explanation-view.tsx';

/** One message and one client: what became of the one at the other. */
export function Explain() {
  const { router } = useServices();
  const query = router.query.value;
  const at = query.get('at') ?? '';
  const client = query.get('client') ?? '';
  const write = (changed: Readonly<Record<string, string | undefined>>): void =>
    router.replace({ ...Object.fromEntries(router.query.peek()), ...changed });
  return (
    <section class="part" aria-labelledby="explain-title">
      <h1 id="explain-title">Explain</h1>
      <p class="muted">
        Why has a client a message, or has it not? The server answers from what it has kept.
      </p>
      <div class="question">
        <MessageField at={at} onChange={(position) => write({ at: position })} />
        <ClientPicker chosen={client} onChoose={(ref) => write({ client: ref })} />
      </div>
      {at !== '' && client !== '' ? (
        <Answer at={at} client={client} />
      ) : (
        <p class="hint">
          {at === '' && client === ''
            ? 'Name a message and a client'
            : at === ''
              ? 'Name a message'
              : 'Name a client'}
          . From Messages and from Clients, a link does it for you.
        </p>
      )}
    </section>
  );
}

interface MessageFieldProps {
  readonly at: string;
  readonly onChange: (position: string) => void;
}

/** A position, or an offset of the log that the server has now. */
function MessageField({ at, onChange }: MessageFieldProps) {
  const { connection, stats } = useServices();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(at);
  useEffect(() => setText(at), [at]);
  useKeys([{ key: '/', what: 'Name a message', run: () => field.current?.focus() }]);
  const epoch = stats.status.value?.log.epoch ?? connection.position.value?.epoch;
  const offset = /^\d{1,16}$/.test(text.trim()) ? Number(text.trim()) : undefined;
  const position =
    offset !== undefined && epoch !== undefined
      ? positionText({ epoch, offset })
      : positionOf(text) && text.trim();
  const isWrong = text.trim() !== '' && position === undefined;
  return (
    <div class="field">
      <label for={id}>Message</label>
      <input
        ref={field}
        id={id}
        class="mono"
        value={text}
        placeholder="Its offset, or EPOCH_OFFSET"
        spellcheck={false}
        autocomplete="off"
        aria-invalid={isWrong}
        aria-describedby={`${id}-hint`}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={() => onChange(position ?? '')}
      />
      <p id={`${id}-hint`} class={isWrong ? 'hint bad' : 'hint'}>
        {isWrong
          ? 'That is no offset: it is a whole number, as Messages shows it.'
          : 'Messages shows it in its first column.'}
      </p>
    </div>
  );
}

function Answer({ at, client }: { readonly at: string; readonly client: string }) {
  const { api } = useServices();
  const polled = useMemo(
    () => new Polled((signal) => api.get<Explanation>('explain', { offset: at, client }, signal)),
    [api, at, client],
  );
  useEffect(() => polled.start(), [polled]);
  const explanation = polled.value.value;
  const problem = polled.problem.value;
  if (explanation === undefined)
    return problem === undefined ? (
      <p class="muted">Asking…</p>
    ) : (
      <p class="note bad" role="alert">
        {problem.message} {problem.remedy}
      </p>
    );
  return (
    <>
      <StaleNote staleMs={polled.staleMs} problem={polled.problem} />
      <ExplanationView explanation={explanation} />
    </>
  );
}
