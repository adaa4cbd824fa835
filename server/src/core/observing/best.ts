/** Items that are taken between two checks of the clock. */
const PIECE = 64;

/**
 * The first `n` items by an order: a heap with the last of them at its root, so that an item which is not among them
 * costs one comparison.
 */
export class Best<T> {
  readonly #most: number;
  readonly #compare: (a: T, b: T) => number;
  readonly #heap: T[] = [];

  /** @param compare below 0 where the first stands before the second; 0 for none but one and the same */
  constructor(most: number, compare: (a: T, b: T) => number) {
    this.#most = most;
    this.#compare = compare;
  }

  add(one: T): void {
    const heap = this.#heap;
    if (heap.length < this.#most) {
      heap.push(one);
      this.#raise(heap.length - 1);
    } else if (heap.length > 0 && this.#compare(one, heap[0] as T) < 0) {
      heap[0] = one;
      this.#sink();
    }
  }

  /**
   * Those behind the first `skip`, in order; it holds them no longer. Others may have a turn wherever it yields: a page
   * of many costs some ms.
   */
  *takeFrom(skip: number): Generator<void, T[]> {
    const heap = this.#heap;
    const taken: T[] = [];
    while (heap.length > skip) {
      const last = heap.pop() as T;
      taken.push(heap.length === 0 ? last : (heap[0] as T));
      if (heap.length > 0) {
        heap[0] = last;
        this.#sink();
      }
      if (taken.length % PIECE === 0) yield;
    }
    return taken.reverse();
  }

  #raise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0; ) {
      const above = (at - 1) >> 1;
      if (this.#compare(heap[at] as T, heap[above] as T) <= 0) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let last = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && this.#compare(heap[below] as T, heap[last] as T) > 0) last = below;
      if (last === at) return;
      this.#swap(at, last);
      at = last;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const one = heap[a] as T;
    heap[a] = heap[b] as T;
    heap[b] = one;
  }
}
