import type { NamedSession } from '@zerospan/shared';
import { type ChannelRow, isNobody, type Standing } from './receipt.ts';

/** Parts of a receipt that can be shown alone. */
export const FILTERS = ['all', 'has', 'skipped', 'unanswered', 'away', 'absent', 'nobody'] as const;
export type FilterName = (typeof FILTERS)[number];

/** A row of the board: a session on a channel, or a channel of which no session is named. */
export interface BoardRow {
  readonly key: string;
  readonly row: ChannelRow;
  readonly who?: NamedSession;
  readonly standing?: Standing;
}

/** What needs a person stands first. */
const ORDER: readonly Standing['kind'][] = ['skipped', 'no-answer', 'away', 'absent', 'no-acks', 'has'];
const NOBODY_PLACE = 1;

/** All rows, those first that need somebody. */
export function boardRows(rows: readonly ChannelRow[]): BoardRow[] {
  const all = rows.flatMap((row): BoardRow[] => {
    const people = row.people ?? [];
    const named = people.map(({ who, standing }) => ({
      key: `${row.channel} ${who.session}`,
      row,
      who,
      standing,
    }));
    // With a receipt that names nobody, or not all: the channel itself.
    const isWhole = row.people !== undefined && row.sessions <= people.filter(isCounted).length;
    return isWhole && named.length > 0 ? named : [...named, { key: row.channel, row }];
  });
  return all
    .map((row, at) => ({ row, at, place: placeOf(row) }))
    .sort((a, b) => a.place - b.place || a.at - b.at)
    .map(({ row }) => row);
}

export function matches({ row, standing }: BoardRow, filter: FilterName): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'nobody':
      return isNobody(row);
    case 'has':
      return standing ? standing.kind === 'has' : (row.counts?.confirmed ?? 0) > 0;
    case 'skipped':
      return standing ? standing.kind === 'skipped' : (row.counts?.skipped ?? 0) > 0;
    case 'unanswered':
      // As the receipt counts: who is away has not answered.
      return standing
        ? ['no-answer', 'no-acks', 'away'].includes(standing.kind)
        : (row.counts?.unanswered ?? 0) > 0;
    case 'away':
    case 'absent':
      return standing?.kind === filter;
  }
}

/** How many sessions, or with `nobody` channels, a filter stands for: the sums of the receipt where it has them. */
export function countsOf(rows: readonly ChannelRow[]): Readonly<Record<FilterName, number>> {
  const counts = { all: 0, has: 0, skipped: 0, unanswered: 0, away: 0, absent: 0, nobody: 0 };
  for (const row of rows) {
    counts.all += row.sessions;
    counts.has += row.counts?.confirmed ?? 0;
    counts.skipped += row.counts?.skipped ?? 0;
    counts.unanswered += row.counts?.unanswered ?? 0;
    if (isNobody(row)) counts.nobody++;
    for (const { standing } of row.people ?? []) {
      if (standing.kind === 'away') counts.away++;
      if (standing.kind === 'absent') counts.absent++;
    }
  }
  return counts;
}

/** A session as people know it: by its subject, the name that it chose behind it. */
export function nameOf({ subject, name, ref }: NamedSession): string {
  if (subject !== undefined && name !== undefined) return `${subject} · ${name}`;
  return subject ?? name ?? `client ${ref.slice(0, 8)}`;
}

function isCounted({ standing }: { readonly standing: Standing }): boolean {
  return standing.kind !== 'absent';
}

function placeOf({ row, standing }: BoardRow): number {
  if (standing !== undefined) return ORDER.indexOf(standing.kind);
  if (isNobody(row)) return NOBODY_PLACE;
  return (row.counts?.skipped ?? 0) > 0 ? 0 : (row.counts?.unanswered ?? 0) > 0 ? 1 : ORDER.length;
}
