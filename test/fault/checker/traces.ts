import type { Gap } from '@zerospan/client';
import type { ReplayRequest } from '@zerospan/shared';
import type { Line } from '../trace.ts';
import { Checker } from './checker.ts';
import type { Kind } from './findings.ts';

export const EPOCH = 'epoch-1';
export const NEXT = 'epoch-2';

export function log(epoch = EPOCH): Line {
  return { t: 'log', epoch };
}

/** Offset 7 on channel a has the hash h7. */
export function entry(
  o: number,
  c = 'a',
  { p, n }: { p: string; n: number } = { p: 'native:x', n: o },
): Line {
  return { t: 'entry', o, c, h: `h${o}`, p, n };
}

export function entries(from: number, to: number): Line[] {
  return Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
}

export function given(o: number, c = 'a', { s = 'c1/s', e = EPOCH, h = `h${o}`, ok = true } = {}): Line {
  return { t: 'given', s, e, o, c, h, ok };
}

export function asked(
  channels: readonly string[],
  { s = 'c1/s', a = 0, replay }: { s?: string; a?: number; replay?: ReplayRequest } = {},
): Line {
  return { t: 'asked', s, a, set: { channels, prefixes: [] }, ...(replay && { replay }) };
}

export function granted(o: number, { s = 'c1/s', a = 0, e = EPOCH } = {}): Line {
  return { t: 'granted', s, a, e, o };
}

export function gap(from: number | null, to: number | null, more: Partial<Gap> = {}): Line {
  return {
    t: 'gap',
    s: 'c1/s',
    gap: { reason: 'retention', filters: ['a'], epoch: EPOCH, from, to, missed: null, ...more },
  };
}

export const SENT: Line = { t: 'sent', p: 'native:x', n: 1_000 };
export const WELCOME: Line = { t: 'welcome', b: 'c1', epoch: EPOCH };
export const RESTART: Line = { t: 'welcome', b: 'c1', epoch: NEXT };

export interface Trial {
  readonly checker: Checker;
  readonly kinds: Kind[];
}

/** What a checker finds in traces: those of the server and of publishers first, as when they are read from files. */
export function judge(server: readonly Line[], client: readonly Line[], holdsHistory = true): Trial {
  const checker = new Checker({ holdsHistory });
  for (const line of [...server, SENT]) checker.take('server', line);
  for (const line of client) checker.take('c1', line);
  const { list } = checker.end();
  return { checker, kinds: list.map(({ kind }) => kind) };
}

/** One subscriber to `a`, granted at 2, of a short log that held six entries. */
export function subscriber(...lines: readonly Line[]): Kind[] {
  return judge([log(), ...entries(1, 6)], [WELCOME, asked(['a']), granted(2), ...lines], false).kinds;
}
