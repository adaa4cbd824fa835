import { REMEMBERED } from '../../core/log/puts/remembered.ts';
import type { OpenedStore, Scan, Scanned, Store, StoreListener, StoreRecord } from '../../core/log/store.ts';
import { type EndOfTurn, TimeSlicer } from '../../core/time-slicer.ts';
import type { DiskFigures } from './figures.ts';
import type { Files } from './files/files.ts';
import { OpenLog } from './open-log.ts';
import { openDirectory } from './opening/opening.ts';
import type { DiskOptions } from './options.ts';

/** Most bytes of a segment; a log has 16 of them at least. */
const SEGMENT_BYTES = 32 * 1024 * 1024;
const SEGMENTS = 16;

/** Room that is kept for counts of losses while the disk is full. */
const RESERVE_BYTES = 4 * 1024 * 1024;

/** What sealing, scans and retention take of a turn together. */
const TURN_MS = 4;

export interface DiskStoreOptions extends DiskOptions {
  /** Those of the directory, which no other process has. */
  readonly files: Files;
  /** Gives the directory back. */
  readonly release: () => Promise<void>;
  /** Which start of the machine this is: see `bootIdOf`. */
  readonly bootId: string;
  readonly pid: number;
  readonly endOfTurn: EndOfTurn;
  /** Most bytes of a segment before it is sealed. Default: 32 MiB, but a sixteenth of `bytes` at most. */
  readonly segmentBytes?: number | undefined;
}

/** A log in files of one directory. */
export class DiskStore implements Store {
  readonly #options: DiskStoreOptions;
  #released: Promise<void> | undefined;
  #log: OpenLog | undefined;

  constructor(options: DiskStoreOptions) {
    this.#options = options;
  }

  get droppedUpTo(): number {
    return this.#log?.droppedUpTo ?? 0;
  }

  /** As it is now; it must be open. */
  get figures(): DiskFigures {
    return this.#opened.figures;
  }

  async open(listener: StoreListener): Promise<OpenedStore> {
    try {
      return await this.#open(listener);
    } catch (error) {
      await this.#release();
      throw error;
    }
  }

  append(record: StoreRecord, time: number): void {
    this.#opened.append(record, time);
  }

  scan(scan: Scan): Promise<Scanned> {
    return this.#opened.scan(scan);
  }

  offsetBefore(time: number): Promise<number> {
    return this.#opened.offsetBefore(time);
  }

  expire(): void {
    this.#opened.expire();
  }

  aging(): Promise<void> | undefined {
    return this.#opened.aging;
  }

  /** Resolves when all that is due is dropped. */
  async settled(): Promise<void> {
    await this.#log?.settled();
  }

  async close(): Promise<void> {
    try {
      await this.#log?.close();
    } finally {
      await this.#release();
    }
  }

  /** Once: by then another process may have the directory. */
  #release(): Promise<void> {
    this.#released ??= this.#options.release();
    return this.#released;
  }

  async #open(listener: StoreListener): Promise<OpenedStore> {
    const { bytes, ageMs, lastBytes, remembered = REMEMBERED, endOfTurn, onNotice } = this.#options;
    const slicer = new TimeSlicer(endOfTurn, TURN_MS);
    const progress = (text: string): void => onNotice({ event: 'log-reading', text });
    const opened = await openDirectory({ ...this.#options, slicer, remembered, progress });
    for (const text of opened.notes) onNotice({ event: 'log-found', text });
    const { segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(bytes / SEGMENTS)) } = this.#options;
    const bounds = {
      bytes,
      ageMs,
      lastBytes,
      segmentBytes,
      segmentAgeMs: Math.ceil(ageMs / SEGMENTS),
      reserveBytes: Math.min(RESERVE_BYTES, segmentBytes),
    };
    const mode = this.#options.sync;
    const parts = { ...this.#options, slicer, listener, mode, bounds, remembered };
    try {
      this.#log = await OpenLog.begin(opened, parts);
    } catch (error) {
      await opened.active.file.close();
      await opened.meta.close();
      throw error;
    }
    const { epoch, begins, head, puts, forgottenUpTo } = opened;
    const { state } = this.#log;
    return { epoch, begins, state, head: head.offset, puts, forgottenUpTo };
  }

  get #opened(): OpenLog {
    if (!this.#log) throw new Error('open() comes first');
    return this.#log;
  }
}
