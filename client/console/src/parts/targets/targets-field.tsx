import './targets.css';
import { useId } from 'preact/hooks';
import { count, plural } from '../../data/format.ts';
import { PrefixTargets } from './prefix-targets.tsx';
import { readTargets } from './targets.ts';

interface TargetsFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
}

/** Channels as one types or pastes them, or adds them by how they begin. */
export function TargetsField({ label, text, onText }: TargetsFieldProps) {
  const id = useId();
  const { names, repeated, faults } = readTargets(text);
  const [fault] = faults;
  const add = (found: readonly string[]): void => onText([...new Set([...names, ...found])].join('\n'));
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="names"
        rows={Math.min(6, Math.max(2, text.split('\n').length))}
        spellcheck={false}
        autocapitalize="off"
        placeholder="room1, vote.a …"
        value={text}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class={fault ? 'hint bad' : 'hint'}>
        {fault ? <Fault {...fault} more={faults.length - 1} /> : wordsOf(names.length, repeated)}
      </p>
      <PrefixTargets onAdd={add} />
    </div>
  );
}

function Fault({
  text,
  words,
  more,
}: {
  readonly text: string;
  readonly words: string;
  readonly more: number;
}) {
  return (
    <>
      {text !== '' && (
        <>
          <bdi class="shortened">{text.slice(0, 60)}</bdi>:{' '}
        </>
      )}
      {words}
      {more > 0 && ` And ${count(more)} more.`}
    </>
  );
}

function wordsOf(names: number, repeated: number): string {
  if (names === 0) return 'Names with spaces, commas or new lines between them. Paste a list as it is.';
  return repeated === 0
    ? plural(names, 'channel')
    : `${plural(names, 'channel')}; ${count(repeated)} named again`;
}
