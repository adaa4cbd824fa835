import { createHash } from 'node:crypto';
import type { Scan, StoreRecord } from '../../../server/src/core/log/store.ts';
import { DiskStore } from '../../../server/src/logs/disk/disk-store.ts';
import type { Sync } from '../../../server/src/logs/disk/options.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { ManualClock } from '../manual-clock.ts';
import { Random } from '../random.ts';
import { Ledger } from './ledger.ts';
import { SyncWatch } from './sync-watch.ts';

const LIVES = 6;
const CHANNELS = ['a', 'b', 'ä', 'quiet'];
const EVERYTHING = { channels: [], prefixes: ['', '$'] };
const ALL: Scan = {
  order: 'forwards',
  after: 0,
  upTo: Number.MAX_SAFE_INTEGER,
  filter: EVERYTHING,
  entries: 1e6,
  bytes: 1e9,
  dropped: [],
};

type End = 'kill' | 'power' | 'close';

/** A log that lives several times on one disk, each life ended by chance. @returns what went wrong */
export async function powerRun(seed: number): Promise<readonly string[]> {
  const random = Random.of(seed, 'power run');
  const world = new World(seed, random);
  for (let life = 0; life < LIVES && world.ledger.findings.length === 0; life++) await world.live();
  return world.ledger.findings;
}

class World {
  readonly ledger = new Ledger();
  readonly #random: Random;
  readonly #disk: SimulatedDisk;
  readonly #clock = new ManualClock();
  readonly #sync: Sync;
  readonly #segmentBytes: number;
  readonly #bytes: number;
  #number = 0;
  /** How the lives before may have lost something, since the log was found the last time. */
  #hasLostPower = false;
  #hasFailingDisk = false;

  constructor(seed: number, random: Random) {
    this.#random = random;
    this.#disk = new SimulatedDisk({ seed });
    this.#sync = random.one(['group', 'group', 'interval', 'os']);
    this.#segmentBytes = random.one([400, 2_000, 20_000, 1_000_000]);
    this.#bytes = random.chance(0.2) ? 20 * this.#segmentBytes : 1e9;
  }

  async live(): Promise<void> {
    const { files, lock, bootId, pid } = this.#disk.start();
    const watch = new SyncWatch(files);
    const writesOf = new Map<StoreRecord, number>();
    let hasFailed = false;
    const store = new DiskStore({
      files: watch,
      release: await lock.acquire(),
      bootId,
      pid,
      directory: 'log',
      clock: this.#clock,
      sync: this.#sync,
      bytes: this.#bytes,
      ageMs: 0,
      lastBytes: 0,
      segmentBytes: this.#segmentBytes,
      isNewEpoch: false,
      endOfTurn: (action) => void setImmediate(action),
      onFatal: (error) => {
        hasFailed = true;
        if (!this.#hasFailingDisk) this.ledger.findings.push(`it gave up: ${error.message}`);
      },
      onNotice: () => undefined,
    });
    const opening = store.open({
      written: (stored) => {
        writesOf.set(stored.record, watch.writes);
        this.ledger.written(stored);
      },
      appended: (record, { offset }) => {
        const writes = writesOf.get(record) ?? Number.POSITIVE_INFINITY;
        this.ledger.accepted(record, offset, this.#sync !== 'group' || watch.isSynced(writes));
      },
      failed: (record, error) => this.ledger.failed(record, error),
      droppedUpTo: () => undefined,
      changed: () => undefined,
    });
    // A start may not come to its end either.
    if (this.#random.chance(0.2) && !(await this.#within(opening, this.#random.between(1, 60)))) {
      this.#end(this.#random.one(['kill', 'power']));
      return;
    }
    const opened = await opening;
    const all = await store.scan(ALL);
    const mayLose = this.#hasLostPower;
    const isPromised = this.#sync === 'group' || !mayLose;
    const droppedUpTo = store.figures.oldest - 1;
    this.ledger.opened(opened, all, { isPromised, mayLose, droppedUpTo });
    this.#hasLostPower = false;
    for (const from of [0, this.#random.between(0, opened.head), Math.max(opened.head - 1, 0)])
      this.ledger.reported(from, await store.scan({ ...ALL, dropped: [{ filter: EVERYTHING, from }] }));
    // A few lives end because the disk does; of what they wrote and did not sync, anything may be lost.
    const over = this.#random.chance(0.1) ? this.#failSoon() : undefined;
    if (this.#random.chance(0.15))
      this.#disk.volume.capacityBytes = this.#disk.volume.usedBytes + this.#random.between(0, 4_000);
    await this.#work(store);
    if (this.#random.chance(0.5)) {
      this.#disk.volume.capacityBytes = Number.POSITIVE_INFINITY;
      this.#clock.advance(2_000);
      await this.#work(store);
    }
    const end = this.#random.one<End>(['kill', 'power', 'power', 'close']);
    if (end === 'close') await store.close();
    over?.();
    this.#disk.volume.capacityBytes = Number.POSITIVE_INFINITY;
    this.#hasFailingDisk = false;
    this.#end(end);
    if (hasFailed) this.#hasLostPower = true;
  }

  #failSoon(): () => void {
    this.#hasFailingDisk = true;
    const operation = this.#random.one(['sync', 'write'] as const);
    return this.#disk.faults.fail({ operation, name: /^segment-/ }, 'EIO', 1);
  }

  #end(end: End): void {
    // After a clean end, the power may fail as well: everything is synced.
    if (end === 'power' || (end === 'close' && this.#random.chance(0.5))) this.#disk.powerLoss();
    else this.#disk.kill();
    if (end === 'power') this.#hasLostPower = true;
  }

  async #work(store: DiskStore): Promise<void> {
    const bursts = this.#random.between(0, 30);
    for (let burst = 0; burst < bursts; burst++) {
      for (let n = this.#random.between(1, 8); n > 0; n--) {
        const record = this.#record();
        this.ledger.appended(record);
        store.append(record, this.#clock.now());
      }
      for (let turns = this.#random.between(0, 12); turns > 0; turns--) await nextTurn();
      if (this.#random.chance(0.2)) this.#clock.advance(this.#random.between(1, 800));
    }
  }

  #record(): StoreRecord {
    this.#number++;
    const channels = this.#random.some(this.#random.between(1, 3), CHANNELS);
    if (this.#random.chance(0.1)) return { kind: 'gap', channels, missed: this.#number };
    const padding = 'x'.repeat(this.#random.chance(0.1) ? this.#random.between(0, 3_000) : 10);
    const payload = Buffer.from(JSON.stringify(`${this.#number} ${padding}`));
    const fingerprint = createHash('sha1').update(payload).digest('base64');
    const key = this.#random.chance(0.5)
      ? { client: 'c', id: this.#number, fingerprint, isMobile: false }
      : undefined;
    return { kind: 'put', channels, payload, republish: true, user: 'u', key };
  }

  async #within(opening: Promise<unknown>, turns: number): Promise<boolean> {
    let isOpen = false;
    const settled = (): void => {
      isOpen = true;
    };
    opening.then(settled).catch(settled);
    for (let left = turns; left > 0 && !isOpen; left--) await nextTurn();
    return isOpen;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
