import type {
  OpenedStore,
  Scan,
  Scanned,
  Store,
  StoreChange,
  StoreListener,
  StoreRecord,
} from '../../server/src/core/log/store.ts';

interface Asked {
  readonly record: StoreRecord;
  readonly time: number;
  offset?: number;
}

/** A store that writes and answers when a test says so. It has nothing to be read. */
export class StoreByHand implements Store {
  droppedUpTo = 0;
  #listener: StoreListener | undefined;
  #head = 0;
  #asked: Asked[] = [];

  open(listener: StoreListener): Promise<OpenedStore> {
    this.#listener = listener;
    return Promise.resolve({
      epoch: 'by hand',
      begins: 0,
      state: 'reachable',
      head: 0,
      puts: [],
      forgottenUpTo: 0,
    });
  }

  append(record: StoreRecord, time: number): void {
    this.#asked.push({ record, time });
  }

  /** Has all records that it was given, and says so. */
  write(): void {
    for (const asked of this.#asked) {
      if (asked.offset !== undefined) continue;
      asked.offset = this.#head + 1;
      this.#head += asked.record.channels.length;
      const { record, offset, time } = asked;
      this.#listener?.written({ record, offset, time });
    }
  }

  /** Answers all that was asked, with the places, or with an error; what was not written may still be. */
  answer(error?: unknown): void {
    for (const { record, offset = 0, time } of this.#asked) {
      if (error === undefined) this.#listener?.appended(record, { offset, time });
      else this.#listener?.failed(record, error);
    }
    if (error === undefined) this.#asked = [];
  }

  /** Rejects the oldest append, and forgets it. */
  reject(error: unknown): void {
    const oldest = this.#asked.shift();
    if (oldest) this.#listener?.failed(oldest.record, error);
  }

  drop(upTo: number): void {
    this.droppedUpTo = upTo;
    this.#listener?.droppedUpTo(upTo);
  }

  change(change: StoreChange): void {
    this.#listener?.changed(change);
  }

  scan({ order, upTo, after }: Scan): Promise<Scanned> {
    const reached = order === 'forwards' ? upTo : after;
    return Promise.resolve({ entries: [], reached, scanned: 0, dropped: [], searched: 0 });
  }

  offsetBefore(): Promise<number> {
    return Promise.resolve(0);
  }

  expire(): void {
    // Nothing of it ages.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
