import assert from 'node:assert/strict';
import type { Scan, Store, StoreRecord } from '../../../../server/src/core/log/store.ts';
import { StoredLog } from '../../../../server/src/core/log/stored-log.ts';
import { DiskStore } from '../../../../server/src/logs/disk/disk-store.ts';
import type { Sync } from '../../../../server/src/logs/disk/options.ts';
import type { MemoryLogOptions } from '../../../../server/src/logs/memory/index.ts';
import { SimulatedDisk, type SimulatedProcess } from '../../disk/simulated-disk.ts';
import { SyncWatch } from '../../power-loss/sync-watch.ts';
import { Random } from '../../random.ts';
import type { Edges } from '../edges.ts';
import { Loop } from '../loop.ts';
import { type Stored, StoreTurns } from '../stored.ts';
import type { Setting } from '../world.ts';
import { DiskLedger, type Ended } from './disk-ledger.ts';

/** What a small entry takes on disk, about, in a pack of its own. */
const PACK_BYTES = 150;
/** The same as a last publication. */
const LAST_BYTES = 64;

const EVERYTHING: Scan = {
  order: 'forwards',
  after: 0,
  upTo: Number.MAX_SAFE_INTEGER,
  filter: { channels: [], prefixes: ['', '$'] },
  entries: 1e6,
  bytes: 1e12,
  dropped: [],
};

/** A start that is under way: its process has a loop of its own, and waits for its disk in the hands of the test. */
export interface Opening {
  readonly loop: Loop;
  readonly turns: StoreTurns;
  readonly stored: Promise<Stored>;
}

export interface ModelDiskOptions {
  readonly setting: Setting;
  readonly log: MemoryLogOptions;
  readonly edges: Edges;
  /** Called with what a store cannot get over. */
  readonly onFatal: (error: unknown) => void;
}

/** The disk of one run: each server goes on with the log of the one before, whatever ended that. */
export class ModelDisk {
  readonly ledger: DiskLedger;
  readonly #options: ModelDiskOptions;
  readonly #random: Random;
  readonly #sync: Sync;
  readonly #bounds: { readonly bytes: number; readonly segmentBytes: number; readonly lastBytes: number };
  #disk: SimulatedDisk;
  /** That of the newest start that came to its end. */
  #store: DiskStore | undefined;
  /** The next start is asked to begin a new epoch. */
  #isAsked = false;
  /** Since a start has come to its end. */
  #ended = { hasLostPower: false, isNewEpoch: false, oldest: 1 };

  constructor(options: ModelDiskOptions) {
    const { seed, logEntries, lasts, padBytes } = options.setting;
    this.#options = options;
    this.ledger = new DiskLedger(options.edges);
    this.#random = Random.of(seed, 'disk');
    this.#disk = new SimulatedDisk({ seed });
    this.#sync = this.#random.one<Sync>(['group', 'group', 'group', 'interval', 'os']);
    // Of little is dropped soon, and nothing of it remembered; of much, some segments are.
    const packs = logEntries * this.#random.one([1, 3, 15]);
    this.#bounds = {
      bytes: packs * (PACK_BYTES + padBytes),
      segmentBytes: this.#random.between(1, 5) * (PACK_BYTES + padBytes),
      lastBytes: lasts * (LAST_BYTES + padBytes),
    };
  }

  /** The process ends at once: what was under way is there or not. The power may be lost as well. */
  kill(how: 'crash' | 'power loss'): void {
    if (how === 'crash') this.#disk.kill();
    else {
      this.#disk.powerLoss();
      this.#ended.hasLostPower = true;
    }
  }

  /** The next start is of a copy of the directory, or is asked to begin a new epoch. */
  renew(): void {
    this.#ended.isNewEpoch = true;
    if (this.#random.chance(0.5)) this.#isAsked = true;
    else this.#disk = this.#disk.copy();
  }

  /** Whether anything has a file open. */
  get opened(): number {
    return this.#disk.volume.opened;
  }

  open(isLate: boolean): Opening {
    const loop = new Loop();
    const turns = new StoreTurns();
    turns.isLate = isLate;
    return { loop, turns, stored: this.#open(this.#disk.start(turns.later), loop, turns) };
  }

  async #open(process: SimulatedProcess, loop: Loop, turns: StoreTurns): Promise<Stored> {
    const { clock, ageMs, puts, bytes } = this.#options.log;
    const { files, lock, bootId, pid } = process;
    const release = await lock.acquire();
    this.#ended.oldest = this.#store?.figures.oldest ?? 1;
    const ended: Ended = { ...this.#ended };
    const watch = new SyncWatch(files);
    const store = new DiskStore({
      ...this.#bounds,
      files: watch,
      release,
      bootId,
      pid,
      directory: 'log',
      clock,
      ageMs,
      sync: this.#sync,
      isNewEpoch: this.#isAsked,
      endOfTurn: loop.endOfTurn,
      remembered: puts,
      onFatal: this.#options.onFatal,
      onNotice: ({ event, text }) => {
        if (event === 'log-damaged' || event === 'log-not-dropped') this.#options.onFatal(new Error(text));
      },
    });
    const watched = this.#watched(store, watch);
    const log = await StoredLog.open(watched, { clock, bytes: bytes / 2, ageMs, ...(puts && { puts }) });
    const { entries, reached } = await store.scan(EVERYTHING);
    if (reached < log.head) assert.fail(`a start reads only up to ${reached} of ${log.head}`);
    const { oldest, segments } = store.figures;
    const momentOf = (time: number): number => clock.elapsed() - Math.max(clock.now() - time, 0);
    const keptFromMs = ageMs === 0 ? 0 : clock.elapsed() - ageMs;
    const { epoch, head } = log;
    this.ledger.found({ epoch, head, entries, oldest, momentOf, keptFromMs }, ended);
    this.#ended = { hasLostPower: false, isNewEpoch: false, oldest };
    this.#store = store;
    this.#isAsked = false;
    this.#counts(segments, oldest);
    return { log, turns, loop, lines: this.ledger.lines };
  }

  /** Of what was promised a power loss must not take anything. */
  #watched(store: DiskStore, watch: SyncWatch): Store {
    const accepted = (record: StoreRecord, offset: number): void => {
      const isPromised = record.kind === 'gap' || record.needsPromise !== false;
      if (this.#sync !== 'group' || !isPromised) return;
      this.ledger.accepted(record, offset);
      if (!watch.isSynced(watch.numberOf(offset)))
        this.#options.onFatal(new Error(`${offset} was accepted before it was synced`));
    };
    return {
      get droppedUpTo() {
        return store.droppedUpTo;
      },
      open: (listener) =>
        store.open({
          written: (stored) => listener.written(stored),
          appended: (record, place) => {
            accepted(record, place.offset);
            listener.appended(record, place);
          },
          failed: (record, error) => listener.failed(record, error),
          droppedUpTo: (offset) => listener.droppedUpTo(offset),
          changed: (change) => listener.changed(change),
        }),
      append: (record, time) => store.append(record, time),
      scan: (scan) => store.scan(scan),
      offsetBefore: (time) => store.offsetBefore(time),
      expire: () => store.expire(),
      close: () => store.close(),
    };
  }

  #counts(segments: number, oldest: number): void {
    const { edges } = this.#options;
    const names = [...this.#disk.volume.names.all.keys()];
    edges.reached('started again');
    edges.reached('segments sealed', segments - 1);
    edges.reached('segments dropped', oldest > 1 ? 1 : 0);
    edges.reached('indexes of dropped segments', names.filter((name) => name.startsWith('dropped-')).length);
    edges.reached('last publications kept', names.includes('lasts') ? 1 : 0);
  }
}
