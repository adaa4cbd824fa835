import type { Publication } from '@zerospan/client';
import { pathIn, valueAt } from '../../../data/json-path.ts';

/** Whether a message is shown. */
export type Filtering = (publication: Publication) => boolean;

const COMPARISON = /^(\S+)\s+(=|!=|>=|<=|>|<)\s+(.*\S)\s*$/;

/**
 * Reads what a person typed: `path = value` compares what lies at the path (`choice = yes`, `votes[0].n >= 3`);
 * anything else is a text that has to occur, capitals included, in the channel or in the message as it was put.
 * @returns undefined where nothing was typed: all are shown
 */
export function filteringOf(text: string): Filtering | undefined {
  if (text.trim() === '') return undefined;
  const [, left = '', sign = '', right = ''] = COMPARISON.exec(text) ?? [];
  const path = left === '' ? undefined : pathIn(left);
  if (path === undefined) return ({ channel, text: said }) => channel.includes(text) || said.includes(text);
  const compares = comparisonOf(sign, right);
  return (publication) => compares(valueAt(messageOf(publication), path));
}

function comparisonOf(sign: string, right: string): (value: unknown) => boolean {
  const wished = valueIn(right);
  const isEqual = (value: unknown): boolean =>
    value !== undefined && (value === right || JSON.stringify(value) === JSON.stringify(wished));
  switch (sign) {
    case '=':
      return isEqual;
    case '!=':
      return (value) => value !== undefined && !isEqual(value);
    case '>':
      return ordered(wished, (order) => order > 0);
    case '>=':
      return ordered(wished, (order) => order >= 0);
    case '<':
      return ordered(wished, (order) => order < 0);
    default:
      return ordered(wished, (order) => order <= 0);
  }
}

/** Numbers by their size, texts as a dictionary has them; what is of different kinds has no order. */
function ordered(wished: unknown, holds: (order: number) => boolean): (value: unknown) => boolean {
  return (value) => {
    if (typeof value === 'number' && typeof wished === 'number') return holds(value - wished);
    if (typeof value === 'string') return holds(value < String(wished) ? -1 : value > String(wished) ? 1 : 0);
    return false;
  };
}

/** JSON where it is some, else the text itself: nobody types quotation marks around `yes`. */
function valueIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What no JSON reader takes has no values to compare. */
function messageOf(publication: Publication): unknown {
  try {
    return publication.message;
  } catch {
    return undefined;
  }
}
