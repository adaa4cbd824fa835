import { type Clock, systemClock } from '@zerospan/shared';
import type { History } from '../core/log/history.ts';
import type { Log } from '../core/log/log.ts';
import type { LogCounts } from '../core/log/meters.ts';
import { REMEMBERED, type RememberedBounds } from '../core/log/puts/remembered.ts';
import type { KnownChannels } from '../core/observing/known-channels.ts';
import { MemoryLog } from '../logs/memory/index.ts';
import type { Settings } from '../settings/settings.ts';

/** The log of a bus, with what those who run it need of it. */
export interface BusLog extends Log, History {
  /** The channels that it knows. */
  readonly catalog: KnownChannels;
  readonly counts: LogCounts;
  /** Drops what is over the bounds: to be called now and then. */
  expire(): void;
  /** Resolves when everything that was accepted is as safe as it will be. */
  close(): Promise<void>;
}

/** What every kind of log is opened with. */
export interface LogBounds {
  readonly clock: Clock;
  /** Most bytes, and the oldest age in ms, of what it holds. */
  readonly bytes: number;
  readonly ageMs: number;
  /** Most bytes of last publications that outlive these. */
  readonly lastBytes: number;
  /** Most distinct channels that it holds something of. 0: no bound. */
  readonly channels: number;
  readonly puts: RememberedBounds;
  /** Called with what somebody throws who follows it. */
  readonly onFailure: (error: unknown) => void;
}

export type OpenLog = (bounds: LogBounds) => Promise<BusLog>;

/** How a log of each kind is opened. */
export const LOGS = {
  memory: async (bounds) => new MemoryLog(bounds),
} as const satisfies Record<string, OpenLog>;

/** What the settings call a log that is opened so; `custom`: they do not know it. */
export function kindOf(open: OpenLog): string {
  return Object.entries(LOGS).find(([, known]) => known === open)?.[0] ?? 'custom';
}

export function logBoundsOf(
  { log, limits }: Settings,
  channels: number,
  onFailure: LogBounds['onFailure'],
): LogBounds {
  const puts = { ...REMEMBERED, weight: limits.rememberedPuts };
  return { clock: systemClock, ...log, channels, puts, onFailure };
}
