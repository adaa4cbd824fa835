import type { OpenedStore, Placement, Store, StoreRecord } from '../../../server/src/core/log/store.ts';
import type { ManualClock } from '../manual-clock.ts';
import type { SimulatedDisk, SimulatedProcess } from './simulated-disk.ts';

export interface FoundStore {
  readonly store: Store;
  /** What an operator is shown so far. */
  readonly notes: readonly string[];
}

/** Makes the store of a process that has just started; it takes the lock, and has not been opened. */
export type StoreOn = (process: SimulatedProcess, clock: ManualClock) => Promise<FoundStore>;

/** A store that is open, for a process that puts one publication after the other. */
export class RunningStore {
  readonly store: Store;
  readonly notes: readonly string[];
  readonly opened: OpenedStore;
  readonly #clock: ManualClock;
  readonly #waiting: Map<StoreRecord, Waiting>;

  static async start(disk: SimulatedDisk, clock: ManualClock, storeOn: StoreOn): Promise<RunningStore> {
    const { store, notes } = await storeOn(disk.start(), clock);
    const waiting = new Map<StoreRecord, Waiting>();
    const opened = await store.open({
      written: () => undefined,
      appended: (record, place) => waiting.get(record)?.resolve(place),
      failed: (record, error) => waiting.get(record)?.reject(error as Error),
      droppedUpTo: () => undefined,
      changed: () => undefined,
    });
    return new RunningStore(store, notes, opened, clock, waiting);
  }

  private constructor(
    store: Store,
    notes: readonly string[],
    opened: OpenedStore,
    clock: ManualClock,
    waiting: Map<StoreRecord, Waiting>,
  ) {
    this.store = store;
    this.notes = notes;
    this.opened = opened;
    this.#clock = clock;
    this.#waiting = waiting;
  }

  put(text: string): Promise<Placement> {
    const record: StoreRecord = {
      kind: 'put',
      channels: ['a'],
      payload: Buffer.from(text),
      republish: false,
      user: 'alice',
      key: undefined,
    };
    return new Promise((resolve, reject) => {
      this.#waiting.set(record, { resolve, reject });
      this.store.append(record, this.#clock.now());
    });
  }

  /** The payloads of all that it answers. */
  async held(): Promise<string[]> {
    const { entries } = await this.store.scan({
      order: 'forwards',
      after: 0,
      upTo: Number.MAX_SAFE_INTEGER,
      filter: { channels: ['a'], prefixes: [] },
      entries: 1_000,
      bytes: 1e6,
      dropped: [],
    });
    return entries.map(({ payload }) => Buffer.from(payload).toString());
  }
}

interface Waiting {
  resolve(place: Placement): void;
  reject(error: Error): void;
}
