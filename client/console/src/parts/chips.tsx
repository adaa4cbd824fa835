import './chips.css';
import type { ComponentChildren } from 'preact';
import { count } from '../data/format.ts';

interface Chip<Name extends string> {
  readonly name: Name;
  readonly title: string;
  readonly size: number;
}

interface ChipsProps<Name extends string> {
  readonly label: string;
  readonly chips: readonly Chip<Name>[];
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
  /** Behind them. */
  readonly children?: ComponentChildren;
}

/** Parts of a list with their sizes, of which one is shown. */
export function Chips<Name extends string>({ label, chips, chosen, onChoose, children }: ChipsProps<Name>) {
  return (
    <fieldset class="chips" aria-label={label}>
      {chips.map(({ name, title, size }) => (
        <button key={name} type="button" aria-pressed={chosen === name} onClick={() => onChoose(name)}>
          {title} <span class="chip-count">{count(size)}</span>
        </button>
      ))}
      {children}
    </fieldset>
  );
}
