import type { Placement, RestoredPut, StoredKey } from '../../../core/log/store.ts';

/** A put under the same key within this time is the same put. */
export const WINDOW_MS = 300_000;

/**
 * Most keys that are known. Every node has to drop the same puts: so it is a number of the newest ones, which is the
 * same for all of them, and no bound of a node's own.
 */
const KEYS_MOST = 1_000_000;

interface Seen extends RestoredPut {
  /** When the key came last, also with a put that was dropped. */
  lastMs: number;
}

/** The keys of the puts of the last minutes of the stream, by which every node drops what several nodes wrote. */
export class KeyWindow {
  /** In the order in which they came last. */
  readonly #byKey = new Map<string, Seen>();

  /**
   * Takes the next put that has a key.
   * @returns the put that came before under this key; undefined: none did
   */
  take(key: StoredKey, user: string, channels: number, { offset, time }: Placement): RestoredPut | undefined {
    this.#expire(time);
    // A client's id has no line feed.
    const name = `${key.client}\n${key.id}`;
    const before = this.#byKey.get(name);
    if (before) this.#byKey.delete(name);
    const seen = before ?? { key, user, channels, offset, time, lastMs: time };
    seen.lastMs = time;
    this.#byKey.set(name, seen);
    return before;
  }

  /** All that are known, oldest first. */
  get puts(): RestoredPut[] {
    const puts = [...this.#byKey.values()].map(({ key, user, channels, offset, time }) => ({
      key,
      user,
      channels,
      offset,
      time,
    }));
    return puts.sort((a, b) => a.offset - b.offset);
  }

  #expire(time: number): void {
    for (const [name, { lastMs }] of this.#byKey) {
      if (lastMs > time - WINDOW_MS && this.#byKey.size <= KEYS_MOST) return;
      this.#byKey.delete(name);
    }
  }
}
