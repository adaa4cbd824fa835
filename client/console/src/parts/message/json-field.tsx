import { utf8Bytes } from '@zerospan/shared';
import { useId, useRef } from 'preact/hooks';
import { bytes } from '../../data/format.ts';
import { messageFault } from './json-check.ts';

interface JsonFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** What stands below as long as nothing is wrong. */
  readonly hint?: string;
}

/** A message as JSON text. Says while one types where it stops being JSON, and goes there. */
export function JsonField({ label, text, onText, hint = '' }: JsonFieldProps) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const fault = messageFault(text);
  const place = typeof fault === 'object' ? fault : undefined;
  const goThere = (): void => {
    area.current?.focus();
    if (place) area.current?.setSelectionRange(place.offset, Math.min(place.offset + 1, text.length));
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        ref={area}
        id={id}
        class="json"
        rows={Math.min(16, Math.max(4, text.split('\n').length))}
        spellcheck={false}
        autocapitalize="off"
        value={text}
        aria-invalid={fault !== undefined && text.trim() !== ''}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class={fault !== undefined && text.trim() !== '' ? 'hint bad' : 'hint'}>
        {place ? (
          <>
            Line {place.line}, column {place.column}: {place.words}{' '}
            <button type="button" class="small" onClick={goThere}>
              Show the place
            </button>
          </>
        ) : (
          (fault ?? (hint || `JSON, ${bytes(utf8Bytes(text.trim()))}, sent exactly as it is written.`))
        )}
      </p>
    </div>
  );
}
