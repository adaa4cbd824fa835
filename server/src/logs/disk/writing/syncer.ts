import type { Clock } from '@zerospan/shared';
import type { Files, OpenFile } from '../files/files.ts';
import type { Sync } from '../options.ts';

/**
 * How long after a write a sync begins at the latest where no answer waits for it. Under `group` that is what came from
 * ZeroMQ: a sync for each pack of it took a third of what the pack costs.
 */
const LATEST_MS = { group: 100, interval: 1_000 } as const;

/** How long syncs took. */
export interface SyncTimes {
  readonly count: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

export interface SyncerParts {
  readonly files: Pick<Files, 'syncDirectory'>;
  readonly clock: Clock;
  readonly mode: Sync;
  /** Everything up to this offset is synced. Called once for each sync. */
  readonly synced: (upTo: number) => void;
  /** A sync failed: what was written may be lost, and no later sync will say so. */
  readonly failed: (error: unknown) => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Syncs what was written, in the background, never twice at once. */
export class Syncer {
  /** Everything up to this offset is known to be synced. */
  upTo: number;
  readonly #parts: SyncerParts;
  /** Files with writes that are not synced, oldest first. */
  readonly #files = new Set<OpenFile>();
  #isDirectoryDirty = false;
  #writtenUpTo: number;
  #unsyncedBytes = 0;
  #waiting: Waiting[] = [];
  #isRunning = false;
  /** Another is due after the one that is under way. */
  #isDue = false;
  #cancelTimer: (() => void) | undefined;
  #failure: unknown;
  #times = { count: 0, totalMs: 0, longestMs: 0 };

  /** @param upTo what is synced from before */
  constructor(parts: SyncerParts, upTo: number) {
    this.#parts = parts;
    this.upTo = upTo;
    this.#writtenUpTo = upTo;
  }

  get times(): SyncTimes {
    return this.#times;
  }

  /** Bytes that are written and not synced. */
  get unsyncedBytes(): number {
    return this.#unsyncedBytes;
  }

  /**
   * A write has ended: the log is in the files up to here.
   * @param isAwaited whether somebody is answered once it is synced
   */
  wrote(file: OpenFile, upTo: number, bytes: number, isAwaited: boolean): void {
    this.#files.add(file);
    this.#unsyncedBytes += bytes;
    this.#writtenUpTo = upTo;
    const { mode, clock } = this.#parts;
    if (isAwaited) this.#begin();
    if (mode === 'os' || isAwaited || this.#cancelTimer) return;
    this.#cancelTimer = clock.later(LATEST_MS[mode], () => {
      this.#cancelTimer = undefined;
      if (this.#unsyncedBytes > 0) this.#begin();
    });
  }

  /** A file was made, renamed or removed, and what was written to it is nothing without its name. */
  named(): void {
    this.#isDirectoryDirty = true;
  }

  /**
   * All that was written before is synced once it resolves.
   * @param file one more that was written to
   */
  sync(file?: OpenFile): Promise<void> {
    if (file) this.#files.add(file);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#begin();
    });
  }

  /** No timer fires any more. */
  close(): void {
    this.#cancelTimer?.();
  }

  #begin(): void {
    if (this.#failure !== undefined) this.#rejectAll(this.#waiting.splice(0));
    else if (this.#isRunning) this.#isDue = true;
    else void this.#rounds();
  }

  async #rounds(): Promise<void> {
    this.#isRunning = true;
    do {
      this.#isDue = false;
      // One that began before the write does not count for it.
      const waiting = this.#waiting.splice(0);
      try {
        await this.#round();
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        this.#failure = error;
        this.#rejectAll([...waiting, ...this.#waiting.splice(0)]);
        this.#parts.failed(error);
        return;
      }
    } while (this.#isDue);
    this.#isRunning = false;
  }

  #rejectAll(waiting: readonly Waiting[]): void {
    for (const { reject } of waiting) reject(this.#failure);
  }

  async #round(): Promise<void> {
    const { files: directory, clock, synced } = this.#parts;
    const [upTo, bytes] = [this.#writtenUpTo, this.#unsyncedBytes];
    const files = [...this.#files];
    this.#files.clear();
    const isDirectoryDirty = this.#isDirectoryDirty;
    this.#isDirectoryDirty = false;
    const fromMs = clock.elapsed();
    for (const file of files) await file.sync();
    if (isDirectoryDirty) await directory.syncDirectory();
    const tookMs = clock.elapsed() - fromMs;
    const { count, totalMs, longestMs } = this.#times;
    this.#times = {
      count: count + 1,
      totalMs: totalMs + tookMs,
      longestMs: Math.max(longestMs, tookMs),
    };
    this.#unsyncedBytes -= bytes;
    this.upTo = upTo;
    synced(upTo);
  }
}
