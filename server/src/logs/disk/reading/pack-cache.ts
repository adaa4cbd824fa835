import type { VerifiedPack } from './verified-pack.ts';

/** Packs in memory. */
const CACHE_BYTES = 16 * 1024 * 1024;

/** Packs that were read together: their bytes are one memory, which is free when none of them is held any more. */
export interface Run {
  readonly bytes: number;
  held: number;
}

/** Verified packs that were read lately, because many readers walk the same range. */
export class PackCache {
  readonly #most: number;
  /** By where they lie in the log; used longest ago first. */
  readonly #packs = new Map<number, { readonly pack: VerifiedPack; readonly run: Run }>();
  #bytes = 0;

  constructor(mostBytes = CACHE_BYTES) {
    this.#most = mostBytes;
  }

  /** What is held of memory: whole runs. */
  get bytes(): number {
    return this.#bytes;
  }

  has(position: number): boolean {
    return this.#packs.has(position);
  }

  get(position: number): VerifiedPack | undefined {
    const found = this.#packs.get(position);
    if (!found) return undefined;
    this.#packs.delete(position);
    this.#packs.set(position, found);
    return found.pack;
  }

  add(position: number, pack: VerifiedPack, run: Run): void {
    this.#remove(position);
    if (run.held++ === 0) this.#bytes += run.bytes;
    this.#packs.set(position, { pack, run });
    for (const oldest of this.#packs.keys()) {
      if (this.#bytes <= this.#most || oldest === position) break;
      this.#remove(oldest);
    }
  }

  #remove(position: number): void {
    const found = this.#packs.get(position);
    if (!found) return;
    this.#packs.delete(position);
    if (--found.run.held === 0) this.#bytes -= found.run.bytes;
  }
}
