import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { plural } from '../../data/format.ts';
import { useServices } from '../../shell/services.ts';
import { channelsUnder, type FoundChannels } from './channels-under.ts';

/** Channels of a preview. */
const SHOWN = 5;

type Search = 'none' | 'searching' | FoundChannels | Error;

/** Finds channels by how they begin, shows some of them, and adds them all. */
export function PrefixTargets({ onAdd }: { readonly onAdd: (names: readonly string[]) => void }) {
  const { api, connection, announcer } = useServices();
  const id = useId();
  const [prefix, setPrefix] = useState('');
  const [search, setSearch] = useState<Search>('none');
  const input = useRef<HTMLInputElement>(null);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const find = async (): Promise<void> => {
    const bus = connection.bus.peek();
    if (bus === undefined) return;
    abort.current?.abort();
    abort.current = new AbortController();
    const { signal } = abort.current;
    setSearch('searching');
    try {
      const found = await channelsUnder(prefix.trim(), api, bus, signal);
      if (!signal.aborted) setSearch(found);
    } catch (error) {
      if (!signal.aborted) setSearch(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const changed = (text: string): void => {
    abort.current?.abort();
    setPrefix(text);
    setSearch('none');
  };
  const names = typeof search === 'object' && 'names' in search ? search.names : [];
  return (
    <div class="prefix-targets">
      <label for={id}>Or all that begin with</label>
      <input
        ref={input}
        id={id}
        value={prefix}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        placeholder="vote."
        onInput={(event) => changed(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          void find();
        }}
      />
      <button type="button" class="small" onClick={() => void find()}>
        Find
      </button>
      {search !== 'none' && (
        <p class="hint" role="status">
          {search === 'searching' ? (
            'Searching …'
          ) : 'names' in search ? (
            <Found found={search} />
          ) : (
            sentences(search)
          )}{' '}
          {names.length > 0 && (
            <button
              type="button"
              class="small"
              onClick={() => {
                onAdd(names);
                announcer.say(`Added ${plural(names.length, 'channel')}.`);
                changed('');
                // The button goes, and would take the focus with it.
                input.current?.focus();
              }}
            >
              Add {plural(names.length, 'channel')}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function Found({ found: { names, isComplete } }: { readonly found: FoundChannels }) {
  if (names.length === 0) return <>No channel that has had a message begins like this.</>;
  const more = names.length - SHOWN;
  return (
    <>
      {names.slice(0, SHOWN).map((name, at) => (
        <>
          {at > 0 && ', '}
          <bdi class="shortened">{name}</bdi>
        </>
      ))}
      {more > 0 && ` and ${plural(more, 'more', 'more')}`}
      {!isComplete && ', and perhaps others that the log no longer shows'}.
    </>
  );
}
