import type { Clock } from '@zerospan/shared';
import type { History } from '../core/log/history.ts';
import type { Log } from '../core/log/log.ts';
import type { LogCounts } from '../core/log/meters.ts';
import type { RememberedBounds } from '../core/log/puts/remembered.ts';
import type { KnownChannels } from '../core/observing/known-channels.ts';
import type { DiskFigures } from '../logs/disk/figures.ts';
import type { DiskNotice } from '../logs/disk/options.ts';
import type { StreamFigures } from '../logs/jetstream/figures.ts';
import type { Settings } from '../settings/settings.ts';
import type { SourceClaims } from '../zeromq/ingress/source-leases.ts';

/** The log of a bus, with what those who run it need of it. */
export interface BusLog extends Log, History {
  /** The channels that it knows. */
  readonly catalog: KnownChannels;
  /** What of it is in memory. */
  readonly counts: LogCounts;
  /** What of it is on disk; left out where it is not. */
  readonly disk?: DiskFigures;
  /** Its way to a stream of NATS, which other nodes write as well; left out where it is on none. */
  readonly stream?: { readonly figures: StreamFigures; readonly incarnation: string } & SourceClaims;
  /** Drops what is over the bounds: to be called now and then. */
  expire(): void;
  /** Resolves when everything that was accepted is as safe as it will be. */
  close(): Promise<void>;
}

/** What every kind of log is opened with. */
export interface LogBounds extends LogReports {
  readonly clock: Clock;
  /** Most bytes, and the oldest age in ms, of what it holds. */
  readonly bytes: number;
  readonly ageMs: number;
  /** Most bytes of last publications that outlive these. */
  readonly lastBytes: number;
  /** Most distinct channels that it holds something of. 0: no bound. */
  readonly channels: number;
  readonly puts: RememberedBounds;
  /** Of a log on disk: where, when it is synced, and most bytes of what is in memory as well. */
  readonly directory: string;
  readonly sync: Settings['log']['sync'];
  readonly hotBytes: number;
  /** Of a log on disk: begins a new epoch, although what it holds would go on. */
  readonly isNewEpoch: boolean;
  /** Of a log on JetStream: its servers and its stream, and most bytes of a put with all that a pack adds. */
  readonly nats: Settings['nats'];
  readonly putBytesMost: number;
}

/** Who learns what happens to a log. */
export interface LogReports {
  /** Called with what somebody throws who follows it. */
  readonly onFailure: (error: unknown) => void;
  /** Called with what its operator should know. */
  readonly onNotice: (notice: DiskNotice) => void;
  /** Called once, with a failure after which the process must not go on. */
  readonly onFatal: (error: Error) => void;
}

export type OpenLog = (bounds: LogBounds) => Promise<BusLog>;
