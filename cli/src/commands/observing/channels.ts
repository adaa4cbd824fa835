import type { ChannelGroup, ChannelOrder, ChannelsPage, ObservedChannel } from '@zerospan/shared';
import { tableLines } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { type ObservingOptions, observe, withQuery } from './observe.ts';
import { agoText, moreText, rateText } from './texts.ts';

export interface ChannelsOptions extends ObservingOptions {
  readonly sort?: ChannelOrder;
  readonly search?: string;
  readonly separator?: string;
  readonly skip?: number;
  readonly limit?: number;
}

/** Writes the channels that a server knows, a row each. */
export function channels(
  prefix: string | undefined,
  options: ChannelsOptions,
  terminal: Terminal,
): Promise<number> {
  const { sort, search, separator, skip, limit } = options;
  const path = withQuery('v1/channels', { prefix, sort, search, separator, skip, limit });
  return observe(path, options, terminal, (page: ChannelsPage) =>
    channelLines(page, terminal.stdout.columns),
  );
}

const COLUMNS = [
  { title: 'CHANNEL', isFlexible: true },
  { title: 'OFFSET', isNumber: true },
  { title: 'LAST', isNumber: true },
  { title: 'PER S', isNumber: true },
  { title: 'SESSIONS', isNumber: true },
  { title: 'ZEROMQ', isNumber: true },
] as const;

export function channelLines(
  { groups, channels: all, total, skip }: ChannelsPage,
  width: number | undefined,
  nowMs = Date.now(),
): string[] {
  const shown = (row: ChannelGroup | ObservedChannel): string[] => [
    row.offset === null ? '-' : String(row.offset),
    row.time === null ? '-' : agoText(nowMs - row.time),
    rateText(row.perS),
  ];
  const rows = [
    ...groups.map((group) => [`${group.prefix}… (${group.channels})`, ...shown(group), '', '']),
    ...all.map((one) => [one.channel, ...shown(one), String(one.sessions), String(one.nativeSubscriptions)]),
  ];
  return [...tableLines(COLUMNS, rows, width), ...moreText(rows.length, { skip, total }, 'row')];
}
