import type { RestoredPut, RestoredPuts } from '../../../core/log/store.ts';
import type { PutKeyRows } from '../index/put-key-rows.ts';
import { KeyHash } from './key-hash.ts';

/** What stands in a slot for no put; for one it is one more than its number. */
const FREE = 0;

/** Rows that are taken in one piece: a fraction of a ms. */
const PIECE = 2_048;

/** The rows of one segment. */
interface Run {
  readonly keys: PutKeyRows;
  /** The number of the first among all. */
  readonly first: number;
}

interface Client {
  readonly bytes: Uint8Array;
  readonly hash: number;
}

/**
 * The puts of before a start, in the rows in which they were written. A table of their numbers, open, at most half
 * full, finds them: as objects, a hundred thousand take a start half a second and 35 MB more, and most are asked
 * for by nobody.
 */
export class PutTable implements RestoredPuts {
  readonly #runs: readonly Run[];
  readonly #slots: Uint32Array;
  readonly #hash: KeyHash;

  private constructor(runs: readonly Run[], count: number, hash: KeyHash) {
    this.#runs = runs;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 1)));
    this.#hash = hash;
  }

  /** @param parts oldest first */
  static *of(parts: readonly PutKeyRows[], hash = new KeyHash()): Generator<void, PutTable> {
    let count = 0;
    const runs: Run[] = [];
    for (const keys of parts) {
      if (keys.count > 0) runs.push({ keys, first: count });
      count += keys.count;
    }
    const table = new PutTable(runs, count, hash);
    for (const run of runs.toReversed()) yield* table.#take(run);
    return table;
  }

  get newest(): number {
    const keys = this.#runs.at(-1)?.keys;
    return keys?.timeAt(keys.count - 1) ?? 0;
  }

  count(isCounted: (time: number) => boolean): number {
    return this.#runs.reduce((sum, { keys }) => sum + keys.count - keys.firstOf(isCounted), 0);
  }

  putOf(client: string, id: number): RestoredPut | undefined {
    const bytes = Buffer.from(client);
    const slot = this.#slotOf({ bytes, hash: this.#hash.ofClient(bytes) }, id);
    const number = (this.#slots[slot] as number) - 1;
    if (number < 0) return undefined;
    const { keys, first } = this.#runOf(number);
    const put = keys.at(number - first);
    // Different texts that are none in UTF-8 have the same bytes.
    return put.key.client === client ? put : undefined;
  }

  *[Symbol.iterator](): Iterator<RestoredPut> {
    for (const { keys } of this.#runs) yield* keys.all();
  }

  /** Newest first: of two under one key, the older one is left out. */
  *#take({ keys, first }: Run): Generator<void, void> {
    const clients = new Map<number, Client>();
    for (let i = keys.count - 1; i >= 0; i--) {
      const owner = keys.ownerAt(i);
      let client = clients.get(owner);
      if (!client) {
        const bytes = keys.clientOf(owner);
        client = { bytes, hash: this.#hash.ofClient(bytes) };
        clients.set(owner, client);
      }
      const slot = this.#slotOf(client, keys.idAt(i));
      if (this.#slots[slot] === FREE) this.#slots[slot] = first + i + 1;
      if (i % PIECE === 0) yield;
    }
  }

  /** The slot of a put, or the free one in which it would be. */
  #slotOf({ bytes, hash }: Client, id: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash.ofPut(hash, id) & mask; ; slot = (slot + 1) & mask) {
      const taken = this.#slots[slot] as number;
      if (taken === FREE || this.#isOf(taken - 1, bytes, id)) return slot;
    }
  }

  #isOf(number: number, client: Uint8Array, id: number): boolean {
    const { keys, first } = this.#runOf(number);
    const row = number - first;
    return keys.idAt(row) === id && Buffer.compare(keys.clientOf(keys.ownerAt(row)), client) === 0;
  }

  #runOf(number: number): Run {
    return this.#runs.findLast(({ first }) => first <= number) as Run;
  }
}
