import { useState } from 'preact/hooks';
import { count } from '../data/format.ts';

/** Children shown before one asks for more, and how many more each time. */
const CHILDREN = 100;
/** Characters of a text shown before one asks for all. */
const CHARACTERS = 2_000;
/** Levels that are open at first. */
const OPEN_LEVELS = 2;

interface JsonTreeProps {
  readonly value: unknown;
  readonly name?: string | number;
  readonly level?: number;
}

/** Any JSON value as a tree that opens and closes. Only what is open is drawn, and a bounded number of it at a time. */
export function JsonTree({ value, name, level = 0 }: JsonTreeProps) {
  const [isOpen, setOpen] = useState(level < OPEN_LEVELS);
  const [shown, setShown] = useState(CHILDREN);
  const isList = Array.isArray(value);
  const entries = entriesOf(value);
  if (entries.length === 0)
    return (
      <div class="json-leaf">
        <Name name={name} />
        <Leaf value={value} />
      </div>
    );
  return (
    <details class="json" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Name name={name} />
        {isList ? '[' : '{'} <span class="muted">{count(entries.length)}</span> {isList ? ']' : '}'}
      </summary>
      {isOpen && (
        <div class="json-children">
          {entries.slice(0, shown).map(([key, child]) => (
            <JsonTree key={key} value={child} name={key} level={level + 1} />
          ))}
          {entries.length > shown && (
            <button type="button" class="link" onClick={() => setShown(shown + CHILDREN)}>
              Show {count(Math.min(CHILDREN, entries.length - shown))} more of {count(entries.length)}
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((each: unknown, i) => [i, each] as const);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function Name({ name }: { readonly name: string | number | undefined }) {
  if (name === undefined) return null;
  return (
    <>
      <bdi class="json-name">{name === '' ? '""' : name}</bdi>
      {': '}
    </>
  );
}

function Leaf({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  const text = JSON.stringify(value) ?? String(value);
  const kind = value === null ? 'null' : typeof value;
  if (text.length <= CHARACTERS || isWhole) return <bdi class={`json-${kind}`}>{text}</bdi>;
  return (
    <>
      <bdi class={`json-${kind}`}>{text.slice(0, CHARACTERS)}…</bdi>{' '}
      <button type="button" class="link" onClick={() => setWhole(true)}>
        Show all {count(text.length)} characters
      </button>
    </>
  );
}
