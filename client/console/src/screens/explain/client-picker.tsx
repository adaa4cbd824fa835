import type { SessionDetail } from '@zerospan/shared';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useServices } from '../../shell/services.ts';
import { Name } from '../clients/names.tsx';
import { Polled } from '../clients/polled.ts';
import { nameOf } from '../clients/words.ts';
import { useOffered, wordsOf } from './use-offered.ts';

interface ClientPickerProps {
  /** The client's `ref`; empty: none yet. */
  readonly chosen: string;
  readonly onChoose: (ref: string) => void;
}

/** Chooses a client by searching: the server searches all of them, and a few are offered. */
export function ClientPicker({ chosen, onChoose }: ClientPickerProps) {
  const [isChanging, setChanging] = useState(false);
  if (chosen === '' || isChanging)
    return (
      <Search
        isFocused={isChanging}
        onChoose={(ref) => {
          setChanging(false);
          onChoose(ref);
        }}
      />
    );
  return <Chosen clientRef={chosen} onChange={() => setChanging(true)} />;
}

function Chosen({ clientRef, onChange }: { readonly clientRef: string; readonly onChange: () => void }) {
  const { api } = useServices();
  const polled = useMemo(
    () =>
      new Polled((signal) => api.get<SessionDetail>(`sessions/${encodeURIComponent(clientRef)}`, {}, signal)),
    [api, clientRef],
  );
  useEffect(() => polled.start(), [polled]);
  // Its name stays when it has gone.
  const client = polled.value.value;
  const isGone = polled.problem.value?.code === 'unknown-session';
  return (
    <div class="field">
      <span class="label">Client</span>
      <p class="chosen">
        {client === undefined ? <bdi class="mono">{clientRef}</bdi> : <Name of={nameOf(client)} />}
        {isGone && <span class="muted">not connected now</span>}
        <button type="button" class="small" onClick={onChange}>
          Choose another client
        </button>
      </p>
    </div>
  );
}

interface SearchProps {
  readonly isFocused: boolean;
  readonly onChoose: (ref: string) => void;
}

/** A combobox: what is typed is searched for, arrows go through what is offered, Enter takes it. */
function Search({ isFocused, onChoose }: SearchProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const search = text.trim();
  const offered = useOffered(search, isOpen);
  useLayoutEffect(() => {
    if (isFocused) field.current?.focus();
  }, [isFocused]);
  const clients = offered?.clients ?? [];
  const at = Math.min(active, Math.max(0, clients.length - 1));
  const choose = (index: number): void => {
    // While the answer is that to another text, Enter would take a client that nobody has seen.
    if (offered?.search !== search || offered.fault !== undefined) return;
    const client = clients[index];
    if (client !== undefined) onChoose(client.ref);
    // One that is not connected is not found, but may be named.
    else if (search !== '' && !/\s/.test(search)) onChoose(search);
  };
  const pressed = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, () => void>> = {
      ArrowDown: () => (isOpen ? setActive((at + 1) % Math.max(1, clients.length)) : setOpen(true)),
      ArrowUp: () => setActive((at - 1 + clients.length) % Math.max(1, clients.length)),
      Enter: () => (isOpen ? choose(at) : setOpen(true)),
      Escape: () => setOpen(false),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    step();
  };
  return (
    <div class="field picker">
      <label for={id}>Client</label>
      <input
        ref={field}
        id={id}
        role="combobox"
        value={text}
        placeholder="Search name, subject, address or session"
        spellcheck={false}
        autocomplete="off"
        maxLength={255}
        aria-expanded={isOpen && clients.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(isOpen && clients.length > 0 && { 'aria-activedescendant': `${id}-${at}` })}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
        onKeyDown={pressed}
      />
      <div
        id={`${id}-list`}
        class="offered"
        role="listbox"
        aria-label="Clients"
        hidden={!isOpen || clients.length === 0}
      >
        {clients.map((client, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field answers the keys
          <div
            key={client.session}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            tabIndex={-1}
            // Before the field loses the focus and the list closes.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(i)}
          >
            <Name of={nameOf(client)} /> <span class="muted mono">{client.address}</span>
          </div>
        ))}
      </div>
      <p class="hint" aria-live="polite">
        {wordsOf(offered)}
      </p>
    </div>
  );
}
