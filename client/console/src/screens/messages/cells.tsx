import { utf8Bytes } from '@zerospan/shared';
import type { ComponentChildren } from 'preact';
import { bytes } from '../../data/format.ts';
import type { Missing } from '../../data/history.ts';
import type { Column } from '../../parts/grid.tsx';
import { Time } from '../../parts/time.tsx';
import { extentOf, type Row, whyOf } from './model/rows.ts';

/** A longer message is cut in its row: forty rows of 64 KiB would be megabytes to lay out. */
const SHORT = 600;

export const COLUMNS: readonly Column[] = [
  { id: 'time', title: 'Time' },
  { id: 'offset', title: 'Offset', isNumeric: true },
  { id: 'channel', title: 'Channel' },
  { id: 'message', title: 'Message' },
  { id: 'size', title: 'Size', isNumeric: true },
];

/** What stands in the columns of a row; what is no message takes the whole row. */
export function cellsOf(row: Row): readonly ComponentChildren[] {
  switch (row.kind) {
    case 'message': {
      const { time, offset, channel, text } = row.publication;
      return [
        <Time key="time" ms={time} />,
        offset,
        <bdi key="channel">{channel}</bdi>,
        <bdi key="message">{text.length > SHORT ? `${text.slice(0, SHORT)}…` : text}</bdi>,
        bytes(utf8Bytes(text)),
      ];
    }
    case 'gap':
      return [<GapWords key="gap" gap={row.gap} />];
    case 'note':
      return [row.text];
    case 'edge':
      return [row.key === 'older' ? 'Show older messages' : 'Show newer messages'];
  }
}

export function rowClassOf(row: Row): string {
  return `row-${row.kind}`;
}

function GapWords({ gap }: { readonly gap: Missing }) {
  return (
    <>
      <strong>Gap</strong> <span class="tag">{gap.reason}</span>{' '}
      {gap.channel !== undefined && (
        <>
          <bdi class="mono">{gap.channel}</bdi>{' '}
        </>
      )}
      <span class="extent">{extentOf(gap)}</span> <span class="why">{whyOf(gap)}</span>
    </>
  );
}
