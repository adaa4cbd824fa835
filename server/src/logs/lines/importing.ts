import type { Store, StoreRecord } from '../../core/log/store.ts';
import { importedLine } from './import-line.ts';

/** Bytes of payloads that may wait to be written. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** What an import has made. */
export interface ImportedLog {
  readonly epoch: string;
  readonly publications: number;
  readonly gaps: number;
  /** Times of the first and the last line, in ms since 1970; null: there was no line. */
  readonly times: { readonly first: number; readonly last: number } | null;
}

/** An import cannot go on. Unless the log was `taken` before, it holds what came before the fault. */
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

/** How an import is watched, and ended early. */
export interface ImportWatch {
  /** Called with how many lines are in the log. */
  readonly onProgress?: ((lines: number) => void) | undefined;
  /** No further line is taken once it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportOptions extends ImportWatch {
  /**
   * Called with the time of the lines that are appended next, where the log gives it to them: all of a pack have one,
   * so lines of one time are written together. Left out: the log has times of its own.
   */
  readonly timed?: ((time: number) => void) | undefined;
  /** Why the log cannot take a record, as the end of a sentence; undefined: it can. */
  readonly faultOf?: ((record: StoreRecord) => string | undefined) | undefined;
}

/** One import: lines are appended to an open store in their order, and those before have been written first. */
export class Importing {
  readonly #options: ImportOptions;
  /** Of the line above. */
  #time = 0;
  /** They wait for more. */
  #records: StoreRecord[] = [];
  #bytes = 0;
  /** Appended, and not answered yet. */
  #underWay = 0;
  #failure: Error | undefined;
  #changed: (() => void) | undefined;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** @throws ImportFault, and what opening the store throws */
  async run(store: Pick<Store, 'open' | 'append'>, lines: AsyncIterable<Buffer>): Promise<ImportedLog> {
    const { signal, timed, onProgress } = this.#options;
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
      if (signal?.aborted) break;
      line++;
      if (bytes.length === 0) continue;
      const { record, time } = this.#read(bytes, line);
      firstTime ??= time;
      const isDue = (timed && time !== this.#time) || this.#bytes > WAITING_BYTES;
      if (isDue && this.#records.length > 0) {
        await this.#write(store);
        onProgress?.(line - 1);
      }
      this.#time = time;
      timed?.(time);
      counts[record.kind]++;
      this.#records.push(record);
      this.#bytes += bytes.length;
    }
    await this.#write(store);
    onProgress?.(line);
    const times = firstTime === undefined ? null : { first: firstTime, last: this.#time };
    return { epoch, publications: counts.put, gaps: counts.gap, times };
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#changed?.();
  }

  #read(bytes: Buffer, line: number): { readonly record: StoreRecord; readonly time: number } {
    try {
      const { record, time = this.#time } = importedLine(bytes);
      if (time < this.#time)
        throw new Error(`its time is ${this.#time - time} ms before that of the line above`);
      const fault = this.#options.faultOf?.(record);
      if (fault !== undefined) throw new Error(fault);
      return { record, time };
    } catch (error) {
      throw new ImportFault('line', (error as Error).message, line);
    }
  }

  #done(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#changed?.();
  }

  async #write(store: Pick<Store, 'append'>): Promise<void> {
    const records = this.#records;
    [this.#records, this.#bytes] = [[], 0];
    this.#underWay += records.length;
    for (const record of records) store.append(record, this.#time);
    while (this.#underWay > 0 && !this.#failure)
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    if (this.#failure) throw new ImportFault('failed', this.#failure.message);
  }
}
