import { firstWhere } from '../../core/log/first-where.ts';

/** A queue that grows as it needs to, with constant-time ends and access by place. */
export class Ring<T> {
  #slots: (T | undefined)[] = new Array(16);
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#resize(this.#length * 2);
    this.#slots[(this.#first + this.#length++) & (this.#slots.length - 1)] = item;
  }

  /** Takes the oldest; the slot is emptied, so that what was in it can be collected. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#first];
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#slots.length - 1);
    this.#length--;
    // A burst must not leave its slots behind for good.
    if (this.#slots.length > 1024 && this.#length * 4 < this.#slots.length)
      this.#resize(this.#slots.length / 2);
    return item;
  }

  /** The item at a place from 0, the oldest. */
  at(place: number): T | undefined {
    if (place < 0 || place >= this.#length) return undefined;
    return this.#slots[(this.#first + place) & (this.#slots.length - 1)];
  }

  /** The first place whose item satisfies a condition that holds for all later ones too; `length` if none does. */
  firstWhere(holds: (item: T) => boolean): number {
    return firstWhere(0, this.#length, (place) => holds(this.at(place) as T));
  }

  #resize(size: number): void {
    const slots: (T | undefined)[] = new Array(size);
    for (let i = 0; i < this.#length; i++) slots[i] = this.at(i);
    this.#slots = slots;
    this.#first = 0;
  }
}
