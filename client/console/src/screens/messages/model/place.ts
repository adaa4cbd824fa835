import type { Position } from '@zerospan/client';
import type { Api } from '../../../data/api.ts';
import { queryOf, type Selection } from '../../../data/filters.ts';
import { positionOf, positionText } from '../../../data/format.ts';
import { readPast } from '../../../data/history.ts';

/** A place that a person typed: an offset of the log, or a time in ms since 1970. */
export type Place = { readonly position: string } | { readonly timeMs: number };

/**
 * Reads `EPOCH_OFFSET`, an offset of this log, `14:02`, `14:02:30`, or a date with or without a time.
 * @returns undefined where it is none of them
 */
export function placeOf(text: string, now: Position | undefined): Place | undefined {
  const typed = text.trim();
  const position = positionOf(typed);
  if (position) return { position: positionText(position) };
  if (/^\d+$/.test(typed))
    return now && Number.isSafeInteger(Number(typed))
      ? { position: positionText({ epoch: now.epoch, offset: Number(typed) }) }
      : undefined;
  const [, h, m, s] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(typed) ?? [];
  if (h !== undefined && m !== undefined) {
    const at = new Date();
    at.setHours(Number(h), Number(m), Number(s ?? 0), 0);
    return { timeMs: at.getTime() };
  }
  if (!/^\d{4}-\d\d-\d\d/.test(typed)) return undefined;
  const timeMs = Date.parse(typed.length === 10 ? `${typed}T00:00` : typed.replace(' ', 'T'));
  return Number.isNaN(timeMs) ? undefined : { timeMs };
}

/**
 * The first message that came then or later, `EPOCH_OFFSET`; undefined: none has.
 * @throws Problem
 */
export async function firstFrom(api: Api, selection: Selection, timeMs: number): Promise<string | undefined> {
  const query = { ...queryOf(selection), at: timeMs, limit: 1 };
  const { lines } = await readPast(api, query, new AbortController().signal);
  for (const line of lines) if ('publication' in line) return positionText(line.publication);
  return undefined;
}
