import { keyOf } from '../../server/src/core/log/puts/remembered.ts';
import type { RestoredPut, RestoredPuts } from '../../server/src/core/log/store.ts';

/** Restored puts as a list. */
export class ListedPuts implements RestoredPuts {
  readonly #puts: readonly RestoredPut[];
  readonly #byKey: ReadonlyMap<string, RestoredPut>;

  /** @param puts oldest first */
  constructor(puts: readonly RestoredPut[]) {
    this.#puts = puts;
    this.#byKey = new Map(puts.map((put) => [keyOf(put.key), put]));
  }

  get newest(): number {
    return this.#puts.at(-1)?.time ?? 0;
  }

  count(isCounted: (time: number) => boolean): number {
    return this.#puts.filter(({ time }) => isCounted(time)).length;
  }

  putOf(client: string, id: number): RestoredPut | undefined {
    return this.#byKey.get(keyOf({ client, id }));
  }

  [Symbol.iterator](): Iterator<RestoredPut> {
    return this.#puts[Symbol.iterator]();
  }
}
