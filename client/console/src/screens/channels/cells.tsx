import type { Publication } from '@zerospan/client';
import type { ChannelOrder } from '@zerospan/shared';
import type { ComponentChildren } from 'preact';
import { count, plural, rate } from '../../data/format.ts';
import type { Branch, Column } from '../../parts/grid.tsx';
import { Time } from '../../parts/time.tsx';
import type { TreeRow } from './model/tree.ts';

/** A longer value is cut in its row. */
const SHORT = 300;

/** A row of the table: one of the tree, or a channel that the person keeps at the top. */
export type Row = TreeRow | { readonly kind: 'pinned'; readonly name: string };

/** @param isObserving whether rates and subscribers are known */
export function columnsOf(
  isObserving: boolean,
  sort: ChannelOrder,
  onSort: (order: ChannelOrder) => void,
): readonly Column[] {
  const sorted = (order: ChannelOrder, direction: 'ascending' | 'descending') => ({
    ...(sort === order && { sorted: direction }),
    onSort: () => onSort(order),
  });
  const observed: readonly Column[] = [
    { id: 'rate', title: 'A second', isNumeric: true, ...sorted('rate', 'descending') },
    { id: 'sessions', title: 'Sessions', isNumeric: true, ...sorted('sessions', 'descending') },
    { id: 'native', title: 'ZeroMQ', isNumeric: true },
  ];
  return [
    { id: 'name', title: 'Channel', ...sorted('name', 'ascending') },
    ...(isObserving ? observed : []),
    { id: 'value', title: 'Last value' },
    { id: 'time', title: 'Last time', isNumeric: true, ...sorted('time', 'descending') },
  ];
}

export function keyOf(row: Row): string {
  switch (row.kind) {
    case 'pinned':
      return `pinned ${row.name}`;
    case 'group':
      return `group ${row.group.prefix}`;
    case 'channel':
      return row.channel.channel;
    case 'unread':
      return `unread ${row.place.prefix} ${row.place.index}`;
  }
}

/** The channel that a row is; undefined: it is none. */
export function channelOf(row: Row): string | undefined {
  if (row.kind === 'pinned') return row.name;
  return row.kind === 'channel' ? row.channel.channel : undefined;
}

export function cellsOf(
  row: Row,
  isObserving: boolean,
  last: (channel: string) => Publication | undefined,
): readonly ComponentChildren[] {
  switch (row.kind) {
    case 'pinned': {
      const publication = last(row.name);
      return [
        <Name key="name" depth={1} sign="★" name={row.name} />,
        ...(isObserving ? ['', '', ''] : []),
        <Value key="value" of={publication} />,
        publication ? <Time key="time" ms={publication.time} /> : '',
      ];
    }
    case 'group': {
      const { prefix, channels, perS, time } = row.group;
      return [
        <Name
          key="name"
          depth={row.place.depth}
          sign={row.isOpen ? '▾' : '▸'}
          name={prefix.slice(row.place.prefix.length)}
        />,
        ...(isObserving ? [rate(perS), '', ''] : []),
        <span key="value" class="muted">
          {plural(channels, 'channel')}
        </span>,
        time === null ? '' : <Time key="time" ms={time} />,
      ];
    }
    case 'channel': {
      const { channel, perS, sessions, nativeSubscriptions, time } = row.channel;
      const publication = last(channel);
      const lastMs = publication?.time ?? time;
      return [
        <Name key="name" depth={row.place.depth} sign="" name={channel.slice(row.place.prefix.length)} />,
        ...(isObserving ? [rate(perS), count(sessions), count(nativeSubscriptions)] : []),
        <Value key="value" of={publication} />,
        lastMs === null ? '' : <Time key="time" ms={lastMs} />,
      ];
    }
    case 'unread':
      return [<Name key="name" depth={row.place.depth} sign="" name="…" />];
  }
}

export function branchOf(row: Row, onToggle: () => void): Branch {
  if (row.kind === 'pinned') return { level: 1, isExpanded: undefined, onToggle };
  const { depth, index, siblings } = row.place;
  return {
    level: depth,
    isExpanded: row.kind === 'group' ? row.isOpen : undefined,
    onToggle,
    place: index + 1,
    siblings,
  };
}

interface NameProps {
  readonly depth: number;
  readonly sign: string;
  readonly name: string;
}

function Name({ depth, sign, name }: NameProps) {
  return (
    <span class="branch" style={{ paddingLeft: `${(depth - 1) * 1.125}rem` }}>
      <span class="branch-sign" aria-hidden="true">
        {sign}
      </span>
      <bdi>{name}</bdi>
    </span>
  );
}

function Value({ of }: { readonly of: Publication | undefined }) {
  if (of === undefined) return null;
  const { text } = of;
  return <bdi class="mono">{text.length > SHORT ? `${text.slice(0, SHORT)}…` : text}</bdi>;
}
