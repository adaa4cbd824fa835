import { LIMITS, systemClock } from '@zerospan/shared';
import { REMEMBERED } from '../core/log/puts/remembered.ts';
import { MemoryLog } from '../logs/memory/index.ts';
import type { Settings } from '../settings/settings.ts';
import type { LogBounds, LogReports, OpenLog } from './bus-log.ts';
import { openDiskLog } from './disk-log.ts';
import { openJetStreamLog } from './jetstream-log.ts';

/** What a pack adds to a message from ZeroMQ: its header, the name of its channel. */
const BESIDE_BYTES = 1_024;

/** How a log of each kind is opened. */
export const LOGS = {
  memory: async (bounds) => new MemoryLog(bounds),
  disk: (bounds) => openDiskLog(bounds),
  jetstream: (bounds) => openJetStreamLog(bounds),
} as const satisfies Record<Settings['log']['kind'], OpenLog>;

/** What the settings call a log that is opened so; `custom`: they do not know it. */
export function kindOf(open: OpenLog): string {
  return Object.entries(LOGS).find(([, known]) => known === open)?.[0] ?? 'custom';
}

export function logBoundsOf(
  { log, limits, nats, bus }: Settings,
  { channels, isNewEpoch, reports }: Pick<LogBounds, 'channels' | 'isNewEpoch'> & { reports: LogReports },
): LogBounds {
  const puts = { ...REMEMBERED, weight: limits.rememberedPuts };
  const putBytesMost = Math.max(
    limits.payloadBytes + LIMITS.envelopeBytes,
    bus.maxPayloadBytes + BESIDE_BYTES,
  );
  return { clock: systemClock, ...log, nats, putBytesMost, channels, puts, isNewEpoch, ...reports };
}

/** Most bytes of publications that are in memory. */
export function memoryBytesOf({ kind, bytes, hotBytes }: Settings['log']): number {
  return kind === 'memory' ? bytes : Math.min(bytes, hotBytes);
}
