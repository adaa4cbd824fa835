import { randomInt } from 'node:crypto';

/** 2^32: what the higher half of an id counts. */
const HALF = 0x1_0000_0000;

/**
 * HalfSipHash-1-3 of put keys, with a key that is drawn at each start. Clients choose their ids, and those of their
 * puts: with a sum that is merely mixed with a seed, some of them meet in one place whatever the seed is.
 */
export class KeyHash {
  readonly #seed: readonly [number, number];
  /** Within one call. */
  readonly #v = new Int32Array(4);

  /** @param seed two numbers of 32 bits that nobody can guess */
  constructor(seed: readonly [number, number] = [randomInt(HALF), randomInt(HALF)]) {
    this.#seed = seed;
  }

  /** Of a client's id. */
  ofClient(bytes: Uint8Array): number {
    this.#begin();
    const { length } = bytes;
    const at = (i: number): number => bytes[i] ?? 0;
    const word = (i: number): number => at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    for (let i = 0; i < length; i += 4) this.#take(word(i));
    return this.#end(length);
  }

  /** @param client what `ofClient` says */
  ofPut(client: number, id: number): number {
    this.#begin();
    this.#take(client);
    this.#take(id | 0);
    this.#take(Math.floor(id / HALF));
    return this.#end(12);
  }

  #begin(): void {
    const [first, second] = this.#seed;
    const v = this.#v;
    v[0] = first;
    v[1] = second;
    v[2] = 0x6c796765 ^ first;
    v[3] = 0x74656462 ^ second;
  }

  #take(word: number): void {
    const v = this.#v;
    v[3] = (v[3] as number) ^ word;
    this.#round();
    v[0] = (v[0] as number) ^ word;
  }

  #end(length: number): number {
    const v = this.#v;
    this.#take(length << 24);
    v[2] = (v[2] as number) ^ 0xff;
    for (let i = 0; i < 3; i++) this.#round();
    return ((v[1] as number) ^ (v[3] as number)) >>> 0;
  }

  #round(): void {
    const v = this.#v;
    let v0 = v[0] as number;
    let v1 = v[1] as number;
    let v2 = v[2] as number;
    let v3 = v[3] as number;
    v0 = (v0 + v1) | 0;
    v1 = turned(v1, 5) ^ v0;
    v0 = turned(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = turned(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = turned(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = turned(v1, 13) ^ v2;
    v2 = turned(v2, 16);
    v[0] = v0;
    v[1] = v1;
    v[2] = v2;
    v[3] = v3;
  }
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
