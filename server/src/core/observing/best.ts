/** Items that are taken between two checks of the clock. */
const PIECE = 64;

/**
 * The first `n` items, those with the largest keys: a heap with the last of them at its root, so that an item which is
 * not among them costs one comparison, and no memory.
 */
export class Best<T> {
  readonly #most: number;
  readonly #tie: (a: T, b: T) => number;
  readonly #keys: number[] = [];
  readonly #items: T[] = [];

  /** @param tie orders items with equal keys: below 0 where the first stands before the second */
  constructor(most: number, tie: (a: T, b: T) => number) {
    this.#most = most;
    this.#tie = tie;
  }

  add(key: number, item: T): void {
    const { length } = this.#items;
    if (length < this.#most) {
      this.#keys.push(key);
      this.#items.push(item);
      this.#raise(length);
    } else if (length > 0 && this.#order(key, item, 0) < 0) {
      this.#put(0, key, item);
      this.#sink();
    }
  }

  /**
   * The items from one place up to another, in order. It holds none of these any more, and none behind them. Others may
   * have a turn wherever it yields: a page of many costs some ms.
   */
  *take(from: number, to: number): Generator<void, T[]> {
    const taken: T[] = [];
    for (let left = this.#items.length; left > from; left--) {
      const last = this.#removeLast();
      if (left <= to) taken.push(last);
      if (left % PIECE === 0) yield;
    }
    return taken.reverse();
  }

  #removeLast(): T {
    const removed = this.#items[0] as T;
    const key = this.#keys.pop() as number;
    const item = this.#items.pop() as T;
    if (this.#items.length > 0) {
      this.#put(0, key, item);
      this.#sink();
    }
    return removed;
  }

  /** Where a key and its item stand beside those at a place. */
  #order(key: number, item: T, at: number): number {
    return (this.#keys[at] as number) - key || this.#tie(item, this.#items[at] as T);
  }

  #raise(from: number): void {
    for (let at = from; at > 0; ) {
      const above = (at - 1) >> 1;
      if (this.#order(this.#keys[at] as number, this.#items[at] as T, above) <= 0) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #sink(): void {
    for (let at = 0; ; ) {
      let last = at;
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below >= this.#items.length) continue;
        if (this.#order(this.#keys[below] as number, this.#items[below] as T, last) > 0) last = below;
      }
      if (last === at) return;
      this.#swap(at, last);
      at = last;
    }
  }

  #swap(a: number, b: number): void {
    const key = this.#keys[a] as number;
    const item = this.#items[a] as T;
    this.#put(a, this.#keys[b] as number, this.#items[b] as T);
    this.#put(b, key, item);
  }

  #put(at: number, key: number, item: T): void {
    this.#keys[at] = key;
    this.#items[at] = item;
  }
}
