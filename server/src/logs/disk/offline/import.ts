import { readdir } from 'node:fs/promises';
import { type Clock, systemClock } from '@zerospan/shared';
import type { StoreRecord } from '../../../core/log/store.ts';
import { type OpenedDiskStore, openDiskStore } from '../index.ts';
import { importedLine } from './import-line.ts';
import { linesOf } from './lines.ts';

/** Bytes of payloads that may wait to be written. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** Nothing of an import is dropped, whatever its size and age. */
const UNBOUNDED_BYTES = 2 ** 50;

/** What an import has made. */
export interface ImportedLog {
  readonly epoch: string;
  readonly publications: number;
  readonly gaps: number;
  /** Times of the first and the last line, in ms since 1970; null: there was no line. */
  readonly times: { readonly first: number; readonly last: number } | null;
}

/** An import cannot go on. Unless the directory was `taken` before, it holds what came before the fault. */
export class ImportFault extends Error {
  readonly kind: 'taken' | 'line' | 'failed';
  /** Which line is wrong, from 1. */
  readonly line: number;

  constructor(kind: ImportFault['kind'], reason: string, line = 0) {
    super(reason);
    this.kind = kind;
    this.line = line;
  }
}

/**
 * Makes a log of lines of JSON, in the order in which they come and with their times. It has a new epoch, and its
 * offsets begin at 1.
 * @param directory is created, or empty
 * @throws ImportFault; UnfitDirectory where the directory cannot be used
 */
export async function importLog(chunks: AsyncIterable<Buffer>, directory: string): Promise<ImportedLog> {
  const names = await readdir(directory).catch(() => []);
  if (names.length > 0) throw new ImportFault('taken', `${directory} is not empty`);
  const clock = new LineClock();
  const importing = new Importing(clock);
  const store = await openDiskStore({
    directory,
    clock,
    sync: 'os',
    bytes: UNBOUNDED_BYTES,
    ageMs: 0,
    lastBytes: 0,
    isNewEpoch: false,
    onFatal: (error) => importing.fail(error),
    onNotice: () => undefined,
  });
  try {
    return await importing.run(store, linesOf(chunks));
  } finally {
    await store.close();
  }
}

/** A clock that says the time of the line that is imported. */
class LineClock implements Clock {
  time = 0;

  now(): number {
    return this.time;
  }

  elapsed(): number {
    return systemClock.elapsed();
  }

  later(delayMs: number, action: () => void): () => void {
    return systemClock.later(delayMs, action);
  }
}

/** One import: all of a pack have one time, so lines of one time are written together, and those before first. */
class Importing {
  readonly #clock: LineClock;
  /** Of one time; they wait for more. */
  #records: StoreRecord[] = [];
  #bytes = 0;
  /** Appended, and not answered yet. */
  #underWay = 0;
  #failure: Error | undefined;
  #changed: (() => void) | undefined;

  constructor(clock: LineClock) {
    this.#clock = clock;
  }

  async run(store: OpenedDiskStore, lines: AsyncIterable<Buffer>): Promise<ImportedLog> {
    const { epoch } = await store.open({
      written: () => undefined,
      appended: () => this.#done(),
      failed: (_record, error) => {
        this.fail(error as Error);
        this.#done();
      },
      droppedUpTo: () => undefined,
      changed: () => undefined,
    });
    const counts = { put: 0, gap: 0 };
    let firstTime: number | undefined;
    let line = 0;
    for await (const bytes of lines) {
      line++;
      if (bytes.length === 0) continue;
      const { record, time } = this.#read(bytes, line);
      firstTime ??= time;
      if (time !== this.#clock.time || this.#bytes > WAITING_BYTES) await this.#write(store);
      this.#clock.time = time;
      counts[record.kind]++;
      this.#records.push(record);
      this.#bytes += bytes.length;
    }
    await this.#write(store);
    const times = firstTime === undefined ? null : { first: firstTime, last: this.#clock.time };
    return { epoch, publications: counts.put, gaps: counts.gap, times };
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#changed?.();
  }

  #read(bytes: Buffer, line: number): { readonly record: StoreRecord; readonly time: number } {
    try {
      const { record, time = this.#clock.time } = importedLine(bytes);
      if (time < this.#clock.time)
        throw new Error(`its time is ${this.#clock.time - time} ms before that of the line above`);
      return { record, time };
    } catch (error) {
      throw new ImportFault('line', (error as Error).message, line);
    }
  }

  #done(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#changed?.();
  }

  async #write(store: OpenedDiskStore): Promise<void> {
    const records = this.#records;
    [this.#records, this.#bytes] = [[], 0];
    this.#underWay += records.length;
    for (const record of records) store.append(record, this.#clock.time);
    while (this.#underWay > 0 && !this.#failure)
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    if (this.#failure) throw new ImportFault('failed', this.#failure.message);
  }
}
