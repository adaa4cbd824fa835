import { type Meter, meter } from '../../core/meter.ts';
import type { MemoryLog } from './index.ts';

/** What the log in memory holds. */
export function memoryLogMeters(log: MemoryLog): Meter[] {
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
      'Puts forgotten before their time, because more came than limits.rememberedPuts',
      () => log.forgotten,
    ),
    meter('gauge', 'zerospan_log_channels', 'Channels that the log knows of', () => log.channels),
    meter(
      'gauge',
      'zerospan_log_channels_held',
      'Channels that the log holds something of, which limits.channels bounds',
      () => log.named,
    ),
  ];
}
