import { ZerospanError } from '@zerospan/shared';
import type * as port from '../../../server/src/core/log/store.ts';
import { StoredLog } from '../../../server/src/core/log/stored-log.ts';
import { ENTRY_OVERHEAD_BYTES, type MemoryLogOptions } from '../../../server/src/logs/memory/index.ts';
import { ArrayStore } from '../array-store.ts';
import { inSteps } from '../late-store.ts';
import type { Loop } from './loop.ts';
import type { Line } from './server.ts';

/** What a log over a store waits for, in the hands of the test. */
export class StoreTurns {
  isLate = false;
  readonly #waiting: (() => void)[] = [];

  readonly later = (): Promise<void> =>
    this.isLate ? new Promise((resolve) => void this.#waiting.push(resolve)) : Promise.resolve();

  /** Lets one of them go on, drawn; says whether there was one. */
  move(random: () => number): boolean {
    const [goOn] = this.#waiting.splice(Math.floor(random() * this.#waiting.length), 1);
    goOn?.();
    return goOn !== undefined;
  }

  /** From now on nothing waits. */
  prompt(): void {
    this.isLate = false;
    for (const goOn of this.#waiting.splice(0)) goOn();
  }
}

/** A store that may lose everything while it is open: another one takes its place, with an epoch of its own. */
export class RenewableStore implements port.Store {
  #inner: ArrayStore;
  readonly #makeInner: (epoch: string) => ArrayStore;
  #listener: port.StoreListener | undefined;
  readonly #underWay = new Set<port.StoreRecord>();

  constructor(epoch: string, makeInner: (epoch: string) => ArrayStore) {
    this.#makeInner = makeInner;
    this.#inner = makeInner(epoch);
  }

  get droppedUpTo(): number {
    return this.#inner.droppedUpTo;
  }

  open(listener: port.StoreListener): Promise<port.OpenedStore> {
    this.#listener = listener;
    const inner = this.#inner;
    // What has been replaced may still write what it was given.
    const isCurrent = (): boolean => inner === this.#inner;
    return inner.open({
      written: (stored) => isCurrent() && listener.written(stored),
      appended: (record, place) => this.#settles(record) && listener.appended(record, place),
      failed: (record, error) => this.#settles(record) && listener.failed(record, error),
      droppedUpTo: (offset) => isCurrent() && listener.droppedUpTo(offset),
      changed: (change) => listener.changed(change),
    });
  }

  append(record: port.StoreRecord, time: number): void {
    this.#underWay.add(record);
    this.#inner.append(record, time);
  }

  /** @param epoch of the store that takes its place */
  async renew(epoch: string): Promise<void> {
    for (const record of this.#underWay) this.#listener?.failed(record, new ZerospanError('outcome-unknown'));
    this.#underWay.clear();
    this.#inner = this.#makeInner(epoch);
    const opened = this.open(this.#listener as port.StoreListener);
    this.#listener?.changed({ kind: 'epoch', epoch, begins: 0, head: 0 });
    await opened;
  }

  /** Whether it is still under way: what was replaced may answer for what has failed. */
  #settles(record: port.StoreRecord): boolean {
    return this.#underWay.delete(record);
  }

  scan(scan: port.Scan): Promise<port.Scanned> {
    return this.#inner.scan(scan);
  }

  offsetBefore(time: number): Promise<number> {
    return this.#inner.offsetBefore(time);
  }

  expire(): void {
    this.#inner.expire();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** A log over a store that is open. */
export interface Stored {
  readonly log: StoredLog;
  readonly turns: StoreTurns;
  /** Has the store lose everything and take another epoch. Left out: it cannot while it is open. */
  renew?(epoch: string): Promise<void>;
  /** The event loop of the process that has opened it. Left out: it needs none. */
  readonly loop?: Loop;
  /** Everything that it was ever given, where it outlives the process. */
  readonly lines?: Line[];
}

/** A log over a store that is as narrow as a log in memory with these bounds, half of it in memory. */
export async function openStored(
  { clock, bytes, lastBytes, ageMs, puts, epoch = 'epoch-1' }: MemoryLogOptions,
  isSparse: boolean,
): Promise<Stored> {
  const turns = new StoreTurns();
  const cost = ENTRY_OVERHEAD_BYTES + 40;
  const [entries, lasts] = [Math.ceil(bytes / cost), Math.floor(lastBytes / cost)];
  const bounds = { clock, later: turns.later, entries, lasts, ageMs, ...(isSparse && { next: inSteps }) };
  const store = new RenewableStore(epoch, (name) => new ArrayStore({ ...bounds, epoch: name }));
  const log = await StoredLog.open(store, { clock, bytes: bytes / 2, ageMs, ...(puts && { puts }) });
  return { log, turns, renew: (name) => store.renew(name) };
}
