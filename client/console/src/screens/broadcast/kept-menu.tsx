import { useId, useState } from 'preact/hooks';
import { useHandover } from '../../parts/use-handover.ts';
import { useServices } from '../../shell/services.ts';
import type { Kept } from './store.ts';

/** Longest name of what is kept. */
const NAME_MOST = 80;

interface KeptMenuProps<T> {
  readonly what: 'group' | 'template';
  readonly things: Kept<T>;
  readonly onTake: (thing: T) => void;
  /** What is kept under a name; undefined: there is nothing to keep. */
  readonly make: ((name: string) => T) | undefined;
}

/** Things that a person keeps in this browser: takes one, saves one, removes one. */
export function KeptMenu<T extends { readonly name: string }>({
  what,
  things,
  onTake,
  make,
}: KeptMenuProps<T>) {
  const { announcer } = useServices();
  const id = useId();
  const [taken, setTaken] = useState('');
  const [name, setName] = useState<string>();
  // What is typed next is the name.
  const { opener, inside } = useHandover<HTMLButtonElement, HTMLInputElement>(name !== undefined);
  const all = things.all();
  const save = (): void => {
    const chosen = name?.trim() ?? '';
    if (chosen === '' || make === undefined) return;
    const isKept = things.add(make(chosen));
    announcer.say(
      isKept ? `Saved the ${what} ${chosen}.` : `This browser does not keep the ${what}: it is too large.`,
    );
    setTaken(isKept ? chosen : '');
    setName(undefined);
  };
  const current = all.find((thing) => thing.name === taken);
  return (
    <p class="kept">
      {all.length > 0 && (
        <>
          <label for={id}>{what === 'group' ? 'Saved group' : 'Template'}</label>
          <select
            id={id}
            value={current?.name ?? ''}
            onChange={(event) => {
              const chosen = all.find((thing) => thing.name === event.currentTarget.value);
              setTaken(chosen?.name ?? '');
              if (chosen) onTake(chosen);
            }}
          >
            <option value="">Choose …</option>
            {all.map((thing) => (
              <option key={thing.name} value={thing.name}>
                {thing.name}
              </option>
            ))}
          </select>
        </>
      )}
      {current && (
        <button
          type="button"
          class="small"
          onClick={() => {
            things.remove(current);
            setTaken('');
            announcer.say(`Removed the ${what} ${current.name}.`);
          }}
        >
          Remove {what}
        </button>
      )}
      {name === undefined ? (
        make && (
          <button ref={opener} type="button" class="small" onClick={() => setName(taken)}>
            Save as {what} …
          </button>
        )
      ) : (
        <>
          <input
            aria-label={`Name of the ${what}`}
            placeholder={`Name of the ${what}`}
            maxLength={NAME_MOST}
            value={name}
            ref={inside}
            onInput={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setName(undefined);
              if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
              event.preventDefault();
              save();
            }}
          />
          <button type="button" class="small" disabled={name.trim() === ''} onClick={save}>
            Save in this browser
          </button>
        </>
      )}
    </p>
  );
}
