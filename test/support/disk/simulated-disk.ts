import type { Files } from '../../../server/src/logs/disk/files/files.ts';
import type { DirectoryLock } from '../../../server/src/logs/disk/identity/lock.ts';
import { UnfitDirectory } from '../../../server/src/logs/disk/options.ts';
import { Random } from '../random.ts';
import { Faults } from './simulated/faults.ts';
import { Life } from './simulated/life.ts';
import { SimulatedFiles } from './simulated/simulated-files.ts';
import { Volume } from './simulated/volume.ts';

export interface SimulatedDiskOptions {
  /** The same seed and the same calls: the same faults. */
  readonly seed: number;
  /** Default: no bound. */
  readonly capacityBytes?: number;
  /** In ms since 1970, for the birth of files. Default: a number that grows with each file. */
  readonly now?: () => number;
}

/** What a process has of the machine. */
export interface SimulatedProcess {
  readonly pid: number;
  readonly files: Files;
  readonly lock: DirectoryLock;
  readonly bootId: string;
}

/**
 * A directory on a disk of which everything can go wrong, by chance that a seed repeats. A process that starts on it
 * has its files; what the process leaves behind when it is killed, or when power is lost, the next one finds.
 */
export class SimulatedDisk {
  readonly faults = new Faults();
  readonly volume: Volume;
  readonly #random: Random;
  readonly #lives = new Set<Life>();
  #boots = 1;
  #pid = 100;
  #locked: Life | undefined;

  constructor({ seed, capacityBytes = Number.POSITIVE_INFINITY, now }: SimulatedDiskOptions) {
    this.#random = new Random(seed);
    let births = 1_795_000_000_000;
    this.volume = new Volume({ random: this.#random, capacityBytes, now: now ?? (() => births++) });
  }

  get bootId(): string {
    return `boot-${this.#boots}`;
  }

  /**
   * A process begins. Several may run at a time.
   * @param later how long each of its operations takes. Default: one to three turns of the event loop
   */
  start(later?: () => Promise<void>): SimulatedProcess {
    this.#pid++;
    const life = new Life(this.#pid, this.#random, this.faults, later);
    this.#lives.add(life);
    const files = new SimulatedFiles(this.volume, life);
    return { pid: life.pid, files, lock: { acquire: () => this.#lock(life) }, bootId: this.bootId };
  }

  /** All processes end at once: what they wrote is kept, what was under way is there or not. */
  kill(): void {
    for (const life of this.#lives) life.end();
    this.#lives.clear();
    this.#locked = undefined;
    this.volume.closeAll();
  }

  /** The machine ends: what was not synced is lost, wholly or in part. */
  powerLoss(): void {
    this.kill();
    this.#boots++;
    this.volume.losePower();
  }

  /** The directory as `cp -r` copies it, of which nothing is lost any more. */
  copy(): SimulatedDisk {
    const other = new SimulatedDisk({ seed: this.#random.between(0, 2 ** 31) });
    other.#boots = this.#boots;
    this.volume.copyTo(other.volume);
    return other;
  }

  /**
   * What a power loss would leave at the least, now. What was accepted has to be found there: what a power loss leaves
   * by chance may hide that it was accepted before it was synced.
   */
  atLeast(): SimulatedDisk {
    const other = new SimulatedDisk({ seed: this.#random.between(0, 2 ** 31) });
    other.#boots = this.#boots + 1;
    this.volume.leastTo(other.volume);
    return other;
  }

  /** Flips one bit of a file, anywhere. @returns where */
  flipIn(name: string): { readonly at: number; readonly bit: number } {
    const inode = this.volume.inodeOf(name);
    const flipped = {
      at: this.#random.between(0, inode.stat.sizeBytes - 1),
      bit: this.#random.between(0, 7),
    };
    inode.flip(flipped.at, flipped.bit);
    return flipped;
  }

  #lock(life: Life): Promise<() => Promise<void>> {
    return life.run('names', 'lock', () => {
      if (this.volume.isReadOnly) throw new UnfitDirectory('unusable', 'EROFS: read-only file system');
      if (this.#locked) throw new UnfitDirectory('in-use', String(this.#locked.pid));
      this.#locked = life;
      return () =>
        life.run('names', 'lock', () => {
          if (this.#locked === life) this.#locked = undefined;
        });
    });
  }
}
