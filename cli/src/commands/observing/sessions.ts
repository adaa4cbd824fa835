import type { SessionDetail, SessionOrder, SessionsPage } from '@zerospan/shared';
import { tableLines } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { type ObservingOptions, observe, withQuery } from './observe.ts';
import { detailLines, whoText } from './session-text.ts';
import { agoText, moreText, sizeText } from './texts.ts';

export interface SessionsOptions extends ObservingOptions {
  readonly sort?: SessionOrder;
  readonly search?: string;
  readonly skip?: number;
  readonly limit?: number;
}

/** Writes the sessions of a server, a row each; of one that is named, what is known of it. */
export function sessions(
  id: string | undefined,
  options: SessionsOptions,
  terminal: Terminal,
): Promise<number> {
  const { sort, search, skip, limit } = options;
  if (id !== undefined)
    return observe(`v1/sessions/${encodeURIComponent(id)}`, options, terminal, (detail: SessionDetail) =>
      detailLines(detail),
    );
  const path = withQuery('v1/sessions', { sort, search, skip, limit });
  return observe(path, options, terminal, (page: SessionsPage) =>
    sessionLines(page, terminal.stdout.columns),
  );
}

const COLUMNS = [
  { title: 'REF' },
  { title: 'WHO', isFlexible: true },
  { title: 'FROM', isFlexible: true },
  { title: 'SINCE', isNumber: true },
  { title: 'STANDING' },
  { title: 'LAG', isNumber: true },
  { title: 'UNACKED', isNumber: true },
  { title: 'REFUSED', isNumber: true },
  { title: 'GAPS', isNumber: true },
  { title: 'FILTERS', isNumber: true },
] as const;

export function sessionLines(
  { sessions: all, total, skip }: SessionsPage,
  width: number | undefined,
  nowMs = Date.now(),
): string[] {
  const rows = all.map((one) => [
    one.ref,
    whoText(one),
    one.address === '' ? '-' : one.address,
    agoText(nowMs - one.since),
    one.standing,
    String(one.lag),
    one.unackedBytes === 0 ? '0' : sizeText(one.unackedBytes),
    String(one.refusals),
    String(one.gaps),
    String(one.filters),
  ]);
  return [...tableLines(COLUMNS, rows, width), ...moreText(rows.length, { skip, total }, 'session')];
}
