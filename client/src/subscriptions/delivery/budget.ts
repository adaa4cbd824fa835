import type { Parcel } from './acks.ts';

/** The share of the window that may wait in queues; the rest is for those who read. */
const SHARE = 3 / 4;

/** A queue as the budget sees it. */
export interface Holder {
  /** Bytes of all that it holds. */
  readonly bytes: number;
  /** Of these, the bytes of all but its newest. */
  readonly spareBytes: number;
  /** Drops the oldest publication that it holds, and reports the gap. */
  giveWay(): void;
}

/**
 * How much all queues of a bus may hold together: less than the server sends unacknowledged (A3), so that subscribers
 * that nobody reads, however many, never keep from the others what they could take. Counted in the bytes that acks
 * count; what several queues hold counts once, as it does for the window.
 *
 * The holders are a heap, the fullest first: a publication costs at most the logarithm of their number.
 */
export class Budget {
  #mostBytes: number;
  #heldBytes = 0;
  readonly #holds = new Map<Parcel, number>();
  readonly #heap: Holder[] = [];
  readonly #indexes = new Map<Holder, number>();

  constructor(windowBytes: number) {
    this.#mostBytes = windowBytes * SHARE;
  }

  /** Bytes held by all queues. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** From now on this is the window. */
  resize(windowBytes: number): void {
    this.#mostBytes = windowBytes * SHARE;
  }

  hold(parcel: Parcel): void {
    parcel.hold();
    const holds = this.#holds.get(parcel) ?? 0;
    this.#holds.set(parcel, holds + 1);
    if (holds === 0) this.#heldBytes += parcel.bytes;
  }

  letGo(parcel: Parcel): void {
    const holds = this.#holds.get(parcel) ?? 0;
    if (holds > 1) this.#holds.set(parcel, holds - 1);
    else if (this.#holds.delete(parcel)) this.#heldBytes -= parcel.bytes;
    parcel.release();
  }

  /** A holder has more or less than before. One that holds nothing is forgotten until it holds something. */
  changed(holder: Holder): void {
    const index = this.#indexes.get(holder);
    if (holder.bytes === 0) {
      if (index !== undefined) this.#remove(holder, index);
    } else if (index === undefined) this.#sink(this.#rise(this.#heap.length, holder), holder);
    else this.#sink(this.#rise(index, holder), holder);
  }

  /**
   * Lets the fullest give way until all fits. To be called once those who wait have been given theirs: what is read at
   * once needs no room.
   */
  keep(): void {
    while (this.#heldBytes > this.#mostBytes) {
      const [fullest] = this.#heap;
      if (fullest === undefined) return;
      fullest.giveWay();
    }
  }

  #remove(holder: Holder, index: number): void {
    this.#indexes.delete(holder);
    const last = this.#heap.pop();
    if (last !== undefined && last !== holder) this.#sink(this.#rise(index, last), last);
  }

  #rise(from: number, holder: Holder): number {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isFuller(holder, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(holder, index);
    return index;
  }

  #sink(from: number, holder: Holder): void {
    for (let index = from; ; ) {
      const below = this.#fullerChild(index);
      const child = this.#heap[below];
      if (child === undefined || !isFuller(child, holder)) return;
      this.#put(child, index);
      this.#put(holder, below);
      index = below;
    }
  }

  #fullerChild(index: number): number {
    const [left, right] = [this.#heap[2 * index + 1], this.#heap[2 * index + 2]];
    return left !== undefined && right !== undefined && isFuller(right, left) ? 2 * index + 2 : 2 * index + 1;
  }

  #put(holder: Holder, index: number): void {
    this.#heap[index] = holder;
    this.#indexes.set(holder, index);
  }
}

/** A queue keeps its newest as long as any other has more than that. */
function isFuller(a: Holder, b: Holder): boolean {
  return a.spareBytes === b.spareBytes ? a.bytes > b.bytes : a.spareBytes > b.spareBytes;
}
