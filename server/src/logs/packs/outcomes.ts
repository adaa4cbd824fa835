import type { StoreChange, StoreListener, StoreRecord } from '../../core/log/store.ts';
import { type EndOfTurn, TimeSlicer } from '../../core/time-slicer.ts';

/**
 * How much of a turn of the event loop reporting takes: a pack has up to 4,096 entries. These ms are its own: scans and
 * sealing would keep clients from their answers, and fan-out from what is written.
 */
const TURN_MS = 4;
/** Records reported before it is asked whether the turn has time left. */
const PIECE = 16;

/** Records that are in the log, in their places. */
export interface Written {
  readonly records: readonly StoreRecord[];
  /** Offset of the first entry. */
  readonly first: number;
  /** Offset of the last entry. */
  readonly last: number;
  readonly time: number;
  /** Of the pack. */
  readonly bytes: number;
}

/** Whether its appender waits until it is synced, where that is asked for. */
export function isPromised(record: StoreRecord): boolean {
  return record.kind === 'gap' || record.needsPromise !== false;
}

/** Reports to the listener of a store what became of records, in order, a few ms a turn. */
export class Outcomes {
  readonly #listener: StoreListener;
  readonly #slicer: Pick<TimeSlicer, 'run'>;
  readonly #endOfTurn: EndOfTurn;
  #refused: [StoreRecord, unknown][] = [];
  #isOver = false;

  constructor(listener: StoreListener, endOfTurn: EndOfTurn) {
    this.#listener = listener;
    this.#endOfTurn = endOfTurn;
    this.#slicer = new TimeSlicer(endOfTurn, TURN_MS);
  }

  /** Hands over what was written, and answers for that of which nothing more is promised. */
  written(written: Written): Promise<void> {
    const { time } = written;
    return this.#place(written, (record, offset) => {
      const stored = { record, offset, time };
      this.#listener.written(stored);
      if (!isPromised(record)) this.#listener.appended(record, stored);
    });
  }

  /** Answers for all the others. */
  appended(written: Written): Promise<void> {
    const { time } = written;
    return this.#place(written, (record, offset) => {
      if (isPromised(record)) this.#listener.appended(record, { offset, time });
    });
  }

  /** Behind all that was reported before. */
  failed(records: readonly StoreRecord[], error: unknown): Promise<void> {
    return this.each(records, (record) => this.#listener.failed(record, error));
  }

  /** Behind all that was reported before. */
  changed(change: StoreChange): Promise<void> {
    return this.each([change], () => this.#listener.changed(change));
  }

  /** Does something with each, behind all that was reported before. */
  each<T>(all: readonly T[], report: (one: T) => void): Promise<void> {
    return this.#slicer.run(this.#pieces(all, report));
  }

  /** One that is not even tried: it fails at the end of the turn, since nothing fails within the call that appends. */
  refuse(record: StoreRecord, error: unknown): void {
    if (this.#refused.push([record, error]) > 1) return;
    this.#endOfTurn(() => {
      const refused = this.#refused;
      this.#refused = [];
      for (const [each, why] of refused) if (!this.#isOver) this.#listener.failed(each, why);
    });
  }

  /** Resolves when everything is reported. */
  async settled(): Promise<void> {
    await this.each([], () => undefined);
    if (this.#refused.length > 0) await new Promise<void>((resolve) => this.#endOfTurn(resolve));
  }

  /** Nothing is reported any more. */
  end(): void {
    this.#isOver = true;
  }

  #place({ records, first }: Written, report: (record: StoreRecord, offset: number) => void): Promise<void> {
    let offset = first;
    return this.each(records, (record) => {
      const at = offset;
      offset += record.channels.length;
      report(record, at);
    });
  }

  *#pieces<T>(all: readonly T[], report: (one: T) => void): Generator<void, void> {
    for (let i = 0; i < all.length; i++) {
      if (this.#isOver) return;
      report(all[i] as T);
      if (i % PIECE === PIECE - 1) yield;
    }
  }
}
