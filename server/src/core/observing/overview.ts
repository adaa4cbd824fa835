import type { Clock, ServerStatus } from '@zerospan/shared';
import type { Connections } from '../connections.ts';
import type { Fanout } from '../fanout/fanout.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../log/log.ts';
import type { LogCounts } from '../log/meters.ts';
import type { Puts } from '../putting/puts.ts';
import type { Receipts } from '../receipts/receipts.ts';
import type { Reports } from '../reports.ts';
import { Rates } from './rates.ts';
import { SessionCounts } from './standings.ts';
import type { StatsChannel } from './stats.ts';

/** What the overview reads of the bus. */
export interface OverviewBus {
  readonly clock: Clock;
  readonly log: Log;
  readonly fanout: Pick<Fanout, 'head' | 'taken' | 'delivered'>;
  readonly puts: Pick<Puts, 'accepted'>;
  readonly receipts: Pick<Receipts, 'bytes'>;
  readonly journal: Pick<Journal, 'bytes' | 'mostBytes'>;
  readonly connections: Pick<Connections, 'all' | 'size'>;
  readonly reports: Pick<Reports, 'gaps' | 'refusals'>;
}

/** What of the log is on disk. */
export interface OverviewDisk {
  /** Those that the bound is for. */
  readonly segmentBytes: number;
  readonly entries: number;
  readonly oldest: number;
  /** In ms since 1970; undefined: there is none. */
  readonly oldestTime: number | undefined;
}

/** How the log of the bus was opened. Of each bound 0 means none. */
export interface OverviewLog {
  /** As the setting names it: `memory`. */
  readonly kind: string;
  /** Where it is on disk; null: it is not. */
  readonly directory: string | null;
  /** What of it is in memory. */
  readonly counts: LogCounts;
  /** undefined: nothing of it is on disk. */
  readonly disk: OverviewDisk | undefined;
  readonly mostBytes: number;
  readonly mostAgeMs: number;
  readonly mostChannels: number;
  readonly mostReceiptBytes: number;
}

/** The state of a bus at one moment. */
export type BusOverview = Omit<ServerStatus, 'version' | 'waiting' | 'notes' | 'zeromq' | 'nodes'>;

/** Reads the state of a bus from what its meters count. */
export class Overview {
  readonly #bus: OverviewBus;
  readonly #log: OverviewLog;
  readonly #sinceMs: number;
  readonly #rates: Rates<keyof BusOverview['rates']>;
  readonly #sessions: SessionCounts;

  /** @param own what the server itself puts on the log, which no rate is of */
  constructor(bus: OverviewBus, log: OverviewLog, own: Pick<StatsChannel, 'entries' | 'deliveries'>) {
    this.#bus = bus;
    this.#log = log;
    this.#sinceMs = bus.clock.elapsed();
    this.#sessions = new SessionCounts(bus.clock, bus.connections, () => bus.fanout.head);
    this.#rates = new Rates(
      () => bus.clock.elapsed(),
      () => ({
        publicationsPerS: bus.fanout.taken - own.entries,
        deliveriesPerS: bus.fanout.delivered - own.deliveries,
        putsPerS: bus.puts.accepted,
      }),
    );
  }

  /** To be called about once a second, for the rates. */
  sample(): void {
    this.#rates.sample();
  }

  read(): BusOverview {
    const { clock, log, connections, reports, receipts, journal } = this.#bus;
    const { kind, directory, counts, disk, mostBytes, mostAgeMs, mostChannels, mostReceiptBytes } = this.#log;
    const { epoch, state, head } = log;
    const held = disk ? heldOnDisk(disk, log) : heldInMemory(counts, log);
    return {
      uptimeMs: Math.round(clock.elapsed() - this.#sinceMs),
      log: {
        ...{ kind, directory, state, epoch, head, ...held, mostBytes, mostAgeMs },
        memoryBytes: counts.bytes,
        awayMs: awayMs({ ...held, mostBytes, mostAgeMs }),
      },
      channels: { known: counts.channels, held: counts.named },
      connections: connections.size,
      sessions: this.#sessions.read(),
      rates: this.#rates.perS,
      gaps: Object.fromEntries(reports.gaps),
      refusals: Object.fromEntries(reports.refusals),
      limits: [
        { setting: 'limits.channels', used: counts.named, most: mostChannels },
        { setting: 'limits.receiptBytes', used: receipts.bytes, most: mostReceiptBytes },
        { setting: 'limits.journalBytes', used: journal.bytes, most: journal.mostBytes },
      ].filter(({ most }) => most > 0),
    };
  }
}

type Held = Pick<BusOverview['log'], 'oldest' | 'entries' | 'bytes' | 'heldMs'>;

function heldInMemory({ entries, boundedBytes: bytes, oldest, oldestMs }: LogCounts, log: Log): Held {
  const heldMs = oldestMs === undefined ? 0 : Math.max(Math.round(log.elapsed() - oldestMs), 0);
  return { oldest, entries, bytes, heldMs };
}

function heldOnDisk({ entries, segmentBytes: bytes, oldest, oldestTime }: OverviewDisk, log: Log): Held {
  const heldMs = oldestTime === undefined ? 0 : Math.max(Math.round(log.now() - oldestTime), 0);
  return { oldest, entries, bytes, heldMs };
}

/**
 * The bound of age holds in any case. That of bytes is reached after as long as it takes at the mean rate of what the
 * log holds.
 */
function awayMs({
  heldMs,
  bytes,
  mostBytes,
  mostAgeMs,
}: Pick<BusOverview['log'], 'heldMs' | 'bytes' | 'mostBytes' | 'mostAgeMs'>): number | null {
  const byAgeMs = mostAgeMs === 0 ? Number.POSITIVE_INFINITY : mostAgeMs;
  const byBytesMs = bytes === 0 || heldMs === 0 ? Number.POSITIVE_INFINITY : (heldMs * mostBytes) / bytes;
  const ms = Math.min(byAgeMs, byBytesMs);
  return ms === Number.POSITIVE_INFINITY ? null : Math.round(ms);
}
