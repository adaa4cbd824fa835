/** Bits of a word: a small whole number of 30 bits, which arrays hold without an object. */
const A_WORD = 30;

/** A set of places, as bits: made for one session in a thousand, and small for that. */
export class Marks {
  readonly #words: number[];

  constructor(length: number) {
    this.#words = new Array<number>(Math.ceil(length / A_WORD)).fill(0);
  }

  static bytes(length: number): number {
    return 80 + 8 * Math.ceil(length / A_WORD);
  }

  add(place: number): void {
    const word = Math.floor(place / A_WORD);
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (place % A_WORD));
  }

  has(place: number): boolean {
    return ((this.#words[Math.floor(place / A_WORD)] ?? 0) & (1 << (place % A_WORD))) !== 0;
  }
}
