import type { VerifiedPack } from '../../packs/verified-pack.ts';

/** Packs in memory. */
const CACHE_BYTES = 16 * 1024 * 1024;

/** Packs that were read together, by where they lie in the log: they are one memory, kept or let go of as one. */
export interface Run {
  readonly bytes: number;
  readonly packs: ReadonlyMap<number, VerifiedPack>;
}

/** Verified packs that were read lately, because many readers walk the same range. */
export class PackCache {
  readonly #most: number;
  /** Used longest ago first. */
  readonly #runs = new Set<Run>();
  /** The run that has the pack of a place. */
  readonly #runOf = new Map<number, Run>();
  #bytes = 0;

  constructor(mostBytes = CACHE_BYTES) {
    this.#most = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(position: number): boolean {
    return this.#runOf.has(position);
  }

  get(position: number): VerifiedPack | undefined {
    const run = this.#runOf.get(position);
    if (!run) return undefined;
    this.#runs.delete(run);
    this.#runs.add(run);
    return run.packs.get(position);
  }

  /** The newest one stays, whatever its size. */
  add(run: Run): void {
    this.#runs.add(run);
    this.#bytes += run.bytes;
    for (const position of run.packs.keys()) this.#runOf.set(position, run);
    for (const oldest of this.#runs) {
      if (this.#bytes <= this.#most || oldest === run) break;
      this.#remove(oldest);
    }
  }

  #remove(run: Run): void {
    this.#runs.delete(run);
    this.#bytes -= run.bytes;
    for (const position of run.packs.keys())
      if (this.#runOf.get(position) === run) this.#runOf.delete(position);
  }
}
