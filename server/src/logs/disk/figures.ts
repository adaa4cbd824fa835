import { type Meter, meter } from '../../core/meter.ts';

/** What a store on disk says of itself, as it is now. */
export interface DiskFigures {
  /** Of all its files; and of its segments alone, which `log.bytes` bounds. */
  readonly bytes: number;
  readonly segmentBytes: number;
  readonly segments: number;
  /** Publications and upstream gaps that it holds, last publications beyond its bounds aside. */
  readonly entries: number;
  /** Everything from this offset on is held, but for holes. */
  readonly oldest: number;
  /** Time of the oldest entry in ms since 1970; undefined: it holds none. */
  readonly oldestTime: number | undefined;
  /** Syncs of data since the start, and how long they took in all and at most, in ms. */
  readonly syncs: number;
  readonly syncMs: number;
  readonly longestSyncMs: number;
  /** Bytes that were appended and are not written yet; and written, but not synced. */
  readonly waitingBytes: number;
  readonly unsyncedBytes: number;
  /** Packs that were found damaged when they were read, since the start. */
  readonly badPacks: number;
  /** What an operator has to know, a sentence each; empty: all is well. Without names of channels and payloads. */
  readonly notes: readonly string[];
}

/** @param nowMs ms since 1970, by the clock of the log */
export function diskMeters(figures: DiskFigures, nowMs: () => number): Meter[] {
  return [
    meter('gauge', 'zerospan_log_disk_bytes', 'Bytes of the files of the log on disk', () => figures.bytes),
    meter('gauge', 'zerospan_log_disk_segments', 'Segment files of the log on disk', () => figures.segments),
    meter(
      'gauge',
      'zerospan_log_disk_entries',
      'Entries that the log on disk holds: publications and upstream gaps',
      () => figures.entries,
    ),
    meter(
      'gauge',
      'zerospan_log_disk_oldest_seconds',
      'Age of the oldest entry of the log on disk; 0 where there is none',
      () =>
        figures.oldestTime === undefined
          ? 0
          : Math.max(Math.round((nowMs() - figures.oldestTime) / 1_000), 0),
    ),
    meter('counter', 'zerospan_log_disk_syncs_total', 'Syncs of the log on disk', () => figures.syncs),
    meter(
      'counter',
      'zerospan_log_disk_sync_ms_total',
      'Time that syncs of the log on disk took, in ms',
      () => figures.syncMs,
    ),
    meter(
      'gauge',
      'zerospan_log_disk_sync_longest_ms',
      'Longest sync of the log on disk since the start, in ms',
      () => figures.longestSyncMs,
    ),
    meter(
      'gauge',
      'zerospan_log_disk_waiting_bytes',
      'Bytes that were appended and are not written to the disk yet',
      () => figures.waitingBytes,
    ),
    meter(
      'gauge',
      'zerospan_log_disk_unsynced_bytes',
      'Bytes that are written to the disk and not synced yet',
      () => figures.unsyncedBytes,
    ),
    meter(
      'counter',
      'zerospan_log_disk_bad_packs_total',
      'Packs of the log on disk that were found damaged when they were read',
      () => figures.badPacks,
    ),
  ];
}
