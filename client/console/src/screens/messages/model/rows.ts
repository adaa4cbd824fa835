import type { Publication } from '@zerospan/client';
import { count, positionText } from '../../../data/format.ts';
import type { Line, Missing } from '../../../data/history.ts';

export type Row = MessageRow | GapRow | NoteRow | EdgeRow;

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly publication: Publication;
}

/** A gap is a row: it must not go unseen. */
export interface GapRow {
  readonly kind: 'gap';
  readonly key: string;
  /** While the page falls behind, one row stands for all that it is not given. */
  gap: Missing;
}

/** What the console itself has to say at this place. */
export interface NoteRow {
  readonly kind: 'note';
  readonly key: string;
  readonly text: string;
}

/** Where the rows end and the log goes on. */
export interface EdgeRow {
  readonly kind: 'edge';
  readonly key: 'older' | 'newer';
}

/** Gives each row that has no offset a name of its own. */
let named = 0;

export function messageRow(publication: Publication): MessageRow {
  return { kind: 'message', key: positionText(publication), publication };
}

export function gapRow(gap: Missing): GapRow {
  named += 1;
  return { kind: 'gap', key: `gap ${named}`, gap };
}

export function noteRow(text: string): NoteRow {
  named += 1;
  return { kind: 'note', key: `note ${named}`, text };
}

export function rowOfLine(line: Line): Row {
  return 'publication' in line ? messageRow(line.publication) : gapRow(line.gap);
}

const WHY: Readonly<Record<string, string>> = {
  retention: 'The log no longer holds them.',
  restart: 'The server began a new log; these were in the old one.',
  upstream: 'They were lost on the way to the bus.',
  lag: 'This page could not keep up, and is given the newest of each channel.',
  queue: 'This page could not keep up with its own queue.',
  sample:
    'More comes than anyone reads, so the newest are read a few times a second; the number is an estimate.',
};

export function whyOf({ reason }: Missing): string {
  return WHY[reason] ?? '';
}

/** `offsets 12 to 40, 29 missed` in whatever of it is known. */
export function extentOf({ from, to, missed }: Pick<Missing, 'from' | 'to' | 'missed'>): string {
  const number = missed === null ? 'number missed not known' : `${count(missed)} missed`;
  if (from === null && to === null) return number;
  if (from === null) return `up to offset ${to}, ${number}`;
  if (to === null) return `from offset ${from} on, ${number}`;
  return `${from === to ? `offset ${from}` : `offsets ${from} to ${to}`}, ${number}`;
}
