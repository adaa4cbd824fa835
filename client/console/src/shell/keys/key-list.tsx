import { useEffect, useRef } from 'preact/hooks';
import { useServices } from '../services.ts';
import type { Key } from './keyboard.ts';

interface KeyListProps {
  /** What works on the screen beneath. */
  readonly keys: readonly Key[];
  readonly onClose: () => void;
}

/** All keys that work on the screen that is open, and the switch that turns them off. */
export function KeyList({ keys, onClose }: KeyListProps) {
  const { keyboard } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="key-list-title" onClose={onClose}>
      <h2 id="key-list-title">Keys</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={keyboard.isOn}
          onChange={(event) => keyboard.turn(event.currentTarget.checked)}
        />
        Single keys do something where nothing is being typed
      </label>
      <dl class="keys">
        {keys.map(({ key, what }) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="dialog-end">
        <button type="button" class="main" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </p>
    </dialog>
  );
}
