import type { Gap, Publication } from '@zerospan/client';
import { make } from '../dom.ts';
import { count, timeOfDay } from '../format.ts';
import type { Entry } from './history.ts';

/** A longer payload is shown shortened, and in full when the reader opens it. */
const SHORT = 400;
const HUES = 6;

const WHY: Record<Gap['reason'], string> = {
  retention: 'The log no longer holds them.',
  restart: 'The server began a new log; these were in the old one.',
  upstream: 'They were lost on the way to the bus.',
  lag: 'This page fell behind, and was not given them.',
  queue: 'This page could not keep up with its own queue.',
};

export function rowOf(entry: Entry): HTMLLIElement {
  switch (entry.kind) {
    case 'publication':
      return publicationRow(entry.publication);
    case 'gap':
      return gapRow(entry.gap);
    case 'note':
      return make('li', 'note', entry.text);
  }
}

function publicationRow(publication: Publication): HTMLLIElement {
  const { channel, offset, time } = publication;
  const at = make('time', 'time', timeOfDay(time));
  at.dateTime = new Date(time).toISOString();
  return make(
    'li',
    'row',
    at,
    ' ',
    make('span', 'offset', String(offset)),
    ' ',
    make('span', `channel hue-${hueOf(channel)}`, channel),
    ' ',
    payloadOf(publication),
  );
}

/** Payloads are cut here, because 200 rows of 64 KiB each would be 13 MB of text to lay out. */
function payloadOf({ text }: Publication): HTMLElement {
  if (text.length <= SHORT) return make('code', 'payload', text);
  const excerpt = make('span', 'excerpt', `${text.slice(0, SHORT)}… `);
  const summary = make('summary', '', excerpt, make('span', 'more', `${count(text.length)} characters`));
  const details = make('details', 'payload', summary);
  details.addEventListener(
    'toggle',
    () => {
      details.append(make('pre', 'full', text));
    },
    { once: true },
  );
  return details;
}

function gapRow(gap: Gap): HTMLLIElement {
  return make(
    'li',
    'row gap',
    make('strong', '', 'Gap'),
    ' ',
    make('span', 'tag', gap.reason),
    ' ',
    ...(gap.channel === undefined
      ? []
      : [make('span', `channel hue-${hueOf(gap.channel)}`, gap.channel), ' ']),
    make('span', 'extent', extentOf(gap)),
    ' ',
    make('span', 'why', WHY[gap.reason]),
  );
}

/** `offsets 12 to 40, 29 missed` in whatever of it is known. */
export function extentOf({ from, to, missed }: Pick<Gap, 'from' | 'to' | 'missed'>): string {
  const number = missed === null ? 'number missed not known' : `${count(missed)} missed`;
  if (from === null && to === null) return number;
  if (from === null) return `up to offset ${to}, ${number}`;
  if (to === null) return `from offset ${from} on, ${number}`;
  return `${from === to ? `offset ${from}` : `offsets ${from} to ${to}`}, ${number}`;
}

/** The same colour for the same channel, always. */
function hueOf(channel: string): number {
  // FNV-1a: names that differ in one letter, as those of rooms do, fall on different colours.
  let hash = 0x811c9dc5;
  for (let i = 0; i < channel.length; i++) hash = Math.imul(hash ^ channel.charCodeAt(i), 0x01000193);
  return ((hash >>> 16) ^ (hash & 0xffff)) % HUES;
}
