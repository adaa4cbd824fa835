import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { sentences } from '../../data/connection.ts';
import { selectionOf } from '../../data/filters.ts';
import { count } from '../../data/format.ts';
import { useServices } from '../../shell/services.ts';
import { firstFrom, placeOf } from './model/place.ts';
import { filtersFor, paramsOf, type View } from './view.ts';

interface ToolsProps {
  readonly view: View;
  readonly search: RefObject<HTMLInputElement | null>;
  readonly isHeld: boolean;
  readonly newWhileHeld: number;
  /** Whether the screen shows one place and not what comes. */
  readonly isExcerpt: boolean;
  readonly onPause: () => void;
  readonly onPut: () => void;
}

/** Which messages are shown, and what can be done with them. */
export function Tools(props: ToolsProps) {
  const { view, isHeld, newWhileHeld, isExcerpt } = props;
  const { router, connection } = useServices();
  const news = newWhileHeld > 0 ? ` · ${count(newWhileHeld)} new` : '';
  return (
    <div class="tools">
      <h1>Messages</h1>
      <Source key={`${view.channels.join()} ${view.prefixes.join()}`} view={view} />
      <input
        ref={props.search}
        class="grow"
        type="search"
        aria-label="Filter: text, or path = value"
        placeholder="Filter: text, or choice = yes"
        autoComplete="off"
        spellcheck={false}
        value={view.filter}
        onInput={(event) => router.replace(paramsOf({ ...view, filter: event.currentTarget.value }))}
      />
      <GoTo view={view} />
      {isExcerpt ? (
        <button type="button" onClick={() => router.go('messages', paramsOf({ ...view, at: undefined }))}>
          Follow live
        </button>
      ) : (
        <button type="button" class="pause" aria-pressed={isHeld} onClick={props.onPause}>
          {isHeld ? `Resume${news}` : 'Pause'}
        </button>
      )}
      <button
        type="button"
        aria-pressed={view.isWrapped}
        onClick={() => router.replace(paramsOf({ ...view, isWrapped: !view.isWrapped }))}
      >
        Wrap
      </button>
      {connection.mayPut.value && (
        <button type="button" onClick={props.onPut}>
          Put…
        </button>
      )}
    </div>
  );
}

type Kind = 'all' | 'channel' | 'prefix' | 'several';

const KINDS: Readonly<Record<Exclude<Kind, 'several'>, string>> = {
  all: 'All channels',
  channel: 'Channel',
  prefix: 'Begins with',
};

/** All channels, one, or those that begin with something. */
function Source({ view }: { readonly view: View }) {
  const { router } = useServices();
  const [name = '', ...others] = [...view.channels, ...view.prefixes];
  const given: Kind =
    others.length > 0 ? 'several' : name === '' ? 'all' : view.channels.length > 0 ? 'channel' : 'prefix';
  const [kind, setKind] = useState<Kind>(given);
  const go = (to: Kind, text: string): void => {
    const channels = to === 'channel' && text !== '' ? [text] : [];
    const prefixes = to === 'prefix' && text !== '' ? [text] : [];
    if (to === 'all' || text !== '')
      router.go('messages', paramsOf({ ...view, channels, prefixes, at: undefined }));
  };
  return (
    <div class="source">
      <select
        aria-label="Which channels"
        value={kind}
        onChange={(event) => {
          const next = event.currentTarget.value as Kind;
          setKind(next);
          go(next, name);
        }}
      >
        {Object.entries(KINDS).map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
        {given === 'several' && <option value="several">{count(others.length + 1)} channels</option>}
      </select>
      {(kind === 'channel' || kind === 'prefix') && (
        <input
          class="mono"
          aria-label={kind === 'channel' ? 'Name of the channel' : 'What the names begin with'}
          placeholder={kind === 'channel' ? 'vote.r1' : 'vote.'}
          autoComplete="off"
          autoCapitalize="off"
          spellcheck={false}
          defaultValue={name}
          onChange={(event) => go(kind, event.currentTarget.value.trim())}
        />
      )}
    </div>
  );
}

/** Goes to an offset or a time in what the log holds. */
function GoTo({ view }: { readonly view: View }) {
  const { router, api, connection, announcer } = useServices();
  const [fault, setFault] = useState<string>();
  const go = async (text: string): Promise<void> => {
    const place = placeOf(text, connection.position.peek());
    if (place === undefined) {
      setFault('Type an offset, a time such as 14:02, or a date.');
      return;
    }
    setFault(undefined);
    try {
      const selection = selectionOf(filtersFor(view, connection.everything));
      const at = 'position' in place ? place.position : await firstFrom(api, selection, place.timeMs);
      if (at === undefined) setFault('Nothing has come since then.');
      else router.go('messages', paramsOf({ ...view, at }));
    } catch (error) {
      const words = sentences(error instanceof Error ? error : new Error(String(error)));
      setFault(words);
      announcer.say(words);
    }
  };
  return (
    <form
      class="go-to"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget).get('place');
        void go(typeof typed === 'string' ? typed : '');
      }}
    >
      <input
        name="place"
        aria-label="Go to a time or an offset"
        placeholder="14:02 or offset"
        autoComplete="off"
        aria-invalid={fault !== undefined}
        title={fault ?? 'A time, a date with a time, an offset, or EPOCH_OFFSET'}
      />
      <button type="submit">Go</button>
      {fault !== undefined && (
        <span class="hint bad" role="status">
          {fault}
        </span>
      )}
    </form>
  );
}
