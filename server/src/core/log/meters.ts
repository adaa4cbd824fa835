import { type Meter, meter } from '../meter.ts';

/** What a log holds in memory. */
export interface LogCounts {
  /** Entries, those that are only kept as the last of their channel included. */
  readonly count: number;
  /** Bytes of these, as the bounds count them. */
  readonly bytes: number;
  /** Channels that it knows of, those of which it holds nothing included. */
  readonly channels: number;
  /** Channels that it holds something of. */
  readonly named: number;
  /** Puts that are remembered in case they are sent again. */
  readonly remembered: number;
  /** Puts that were forgotten before their time, because there were too many. */
  readonly forgotten: number;
}

export function heldMeters(log: LogCounts): Meter[] {
  return [
    meter(
      'gauge',
      'zerospan_log_entries',
      'Entries that the log holds: publications and upstream gaps',
      () => log.count,
    ),
    meter('gauge', 'zerospan_log_bytes', 'Bytes that the log holds, overhead included', () => log.bytes),
    meter(
      'gauge',
      'zerospan_log_remembered_puts',
      'Puts remembered in case they are sent again',
      () => log.remembered,
    ),
    meter(
      'counter',
      'zerospan_log_forgotten_puts_total',
      'Puts forgotten before their time, because limits.rememberedPuts was exceeded',
      () => log.forgotten,
    ),
    meter(
      'gauge',
      'zerospan_log_channels',
      'Channels that the log knows, those of which it holds nothing any more included',
      () => log.channels,
    ),
    meter(
      'gauge',
      'zerospan_log_channels_held',
      'Channels of which the log holds anything; limits.channels bounds them',
      () => log.named,
    ),
  ];
}
