import { createHash } from 'node:crypto';
import type {
  OpenedStore,
  Placement,
  Scanned,
  StoreChange,
  Stored,
  StoreRecord,
} from '../../server/src/core/log/store.ts';
import { DiskStore, type DiskStoreOptions } from '../../server/src/logs/disk/disk-store.ts';
import type { Files } from '../../server/src/logs/disk/files/files.ts';
import type { SimulatedDisk } from './disk/simulated-disk.ts';
import type { ManualClock } from './manual-clock.ts';

/** Everything that is there, asked for at once. */
export const ALL = {
  order: 'forwards',
  after: 0,
  upTo: Number.MAX_SAFE_INTEGER,
  filter: { channels: [], prefixes: ['', '$'] },
  entries: 1e6,
  bytes: 1e9,
  dropped: [],
} as const;

export type LifeOptions = Partial<DiskStoreOptions> & {
  /** Is put between the store and the disk. */
  readonly around?: (files: Files) => Files;
};

/** One process that keeps its log on a simulated disk, and all that its store reported. */
export class DiskLife {
  readonly written: Stored[] = [];
  readonly appended = new Map<StoreRecord, Placement>();
  readonly failed = new Map<StoreRecord, unknown>();
  readonly changes: StoreChange[] = [];
  readonly notes: string[] = [];
  readonly fatal: Error[] = [];
  readonly store: DiskStore;
  readonly #clock: ManualClock;
  opened!: OpenedStore;

  static async start(disk: SimulatedDisk, clock: ManualClock, options: LifeOptions = {}): Promise<DiskLife> {
    const life = await DiskLife.prepare(disk, clock, options);
    await life.open();
    return life;
  }

  static async prepare(
    disk: SimulatedDisk,
    clock: ManualClock,
    options: LifeOptions = {},
  ): Promise<DiskLife> {
    const { files, lock, bootId, pid } = disk.start();
    const { around = (one) => one, ...rest } = options;
    const release = await lock.acquire();
    return new DiskLife(clock, { files: around(files), release, bootId, pid, ...rest });
  }

  private constructor(
    clock: ManualClock,
    options: Partial<DiskStoreOptions> & Pick<DiskStoreOptions, 'files' | 'release' | 'bootId' | 'pid'>,
  ) {
    this.#clock = clock;
    this.store = new DiskStore({
      directory: 'log',
      clock,
      sync: 'group',
      bytes: 1e8,
      ageMs: 0,
      lastBytes: 0,
      isNewEpoch: false,
      endOfTurn: (action) => void setImmediate(action),
      onFatal: (error) => void this.fatal.push(error),
      onNotice: ({ text }) => void this.notes.push(text),
      ...options,
    });
  }

  async open(): Promise<void> {
    this.opened = await this.store.open({
      written: (stored) => void this.written.push(stored),
      appended: (record, place) => void this.appended.set(record, place),
      failed: (record, error) => void this.failed.set(record, error),
      droppedUpTo: () => undefined,
      changed: (change) => void this.changes.push(change),
    });
  }

  /** Appends a put, and answers the record. */
  put(text: string, id?: number, channels: readonly string[] = ['a']): StoreRecord {
    const payload = Buffer.from(JSON.stringify(text));
    const fingerprint = createHash('sha1').update(payload).digest('base64');
    const key = id === undefined ? undefined : { client: 'c', id, fingerprint, isMobile: false };
    return this.append({ kind: 'put', channels, payload, republish: true, user: 'u', key });
  }

  append(record: StoreRecord): StoreRecord {
    this.store.append(record, this.#clock.now());
    return record;
  }

  /** Waits until a record is answered, in either way. */
  async settled(record: StoreRecord): Promise<unknown> {
    await turnsUntil(() => this.appended.has(record) || this.failed.has(record));
    return this.appended.get(record) ?? this.failed.get(record);
  }

  scan(from?: number): Promise<Scanned> {
    return this.store.scan(from === undefined ? ALL : { ...ALL, dropped: [{ filter: ALL.filter, from }] });
  }

  /** What is held: texts by offset. */
  async texts(): Promise<Map<number, string>> {
    const { entries } = await this.scan();
    return new Map(entries.map(({ offset, payload }) => [offset, Buffer.from(payload).toString()]));
  }
}

/** Lets turns of the event loop pass until something has come; fails where it does not. */
export async function turnsUntil(condition: () => boolean, most = 20_000): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn === most) throw new Error('it did not come');
    await turns(1);
  }
}

export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
}
