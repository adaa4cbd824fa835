import { type FilterSet, ZerospanError } from '@zerospan/shared';
import type { Gate, Grants, Identity, Visitor } from '../../server/src/core/access/gate.ts';
import type { ManualClock } from './manual-clock.ts';

export const ALL: FilterSet = { channels: [], prefixes: ['', '$'] };
export const NONE: FilterSet = { channels: [], prefixes: [] };

/** Exact names and, with a star at the end, prefixes: `room1 vote.*`. */
export function set(words: string): FilterSet {
  const filters = words.split(' ').filter((word) => word !== '');
  return {
    channels: filters.filter((filter) => !filter.endsWith('*')),
    prefixes: filters.filter((filter) => filter.endsWith('*')).map((filter) => filter.slice(0, -1)),
  };
}

export function grants(some: Partial<Grants> = {}): Grants {
  return { subscribe: NONE, put: NONE, history: NONE, confirm: false, admin: false, ...some };
}

/** A gate whose answers are the test's: by token, or when the test says so. */
export class TestGate implements Gate {
  /** What each token is good for. Others are `unauthorized`. */
  readonly tokens = new Map<string, Identity | Error>();
  readonly asked: { token: string | undefined; visitor: Visitor }[] = [];
  /** While it waits, nothing is answered before {@link answer}. */
  waits = false;
  readonly #answers: (() => void)[] = [];

  /** @param lastsMs how long the token lasts, by a clock */
  knows(
    token: string,
    subject: string | undefined,
    some: Partial<Grants> = {},
    life?: { readonly clock: ManualClock; readonly lastsMs: number },
  ): this {
    const expiresMs = life && life.clock.now() + life.lastsMs;
    this.tokens.set(token, { subject, grants: grants(some), expiresMs });
    return this;
  }

  refuses(token: string, error: Error): this {
    this.tokens.set(token, error);
    return this;
  }

  async admit(token: string | undefined, visitor: Visitor): Promise<Identity> {
    this.asked.push({ token, visitor });
    if (this.waits) await new Promise<void>((resolve) => this.#answers.push(resolve));
    const answer = this.tokens.get(token ?? '') ?? new ZerospanError('unauthorized');
    if (answer instanceof Error) throw answer;
    return answer;
  }

  answer(): void {
    this.#answers.shift()?.();
  }
}

/** Letters of names in random tests. `rest` is in no filter: a name with it shows what only a prefix lets through. */
const LETTERS = ['a', 'é', '$'] as const;
const REST = 'z';

/** Whether a filter lets a name through, by the bytes and by nothing else (N5, N6). */
export function lets({ channels, prefixes }: FilterSet, name: string): boolean {
  const bytes = Buffer.from(name);
  if (channels.some((channel) => Buffer.from(channel).equals(bytes))) return true;
  return prefixes.some((prefix) => {
    const begin = Buffer.from(prefix);
    const isOwn = bytes[0] === 0x24;
    return bytes.subarray(0, begin.length).equals(begin) && (!isOwn || begin[0] === 0x24);
  });
}

/** Every name up to five letters that can tell two filters of up to three apart. */
export const NAMES: readonly string[] = namesUpTo(4, [...LETTERS, REST]);

function namesUpTo(length: number, letters: readonly string[]): string[] {
  if (length === 0) return [];
  const shorter = namesUpTo(length - 1, letters);
  return [...letters, ...shorter.flatMap((name) => letters.map((letter) => name + letter))].filter(
    (name, i, all) => all.indexOf(name) === i,
  );
}

/** Which of the names each filter lets through, as bits of words of 31: found out once. */
const reached = new Map<string, readonly number[]>();
const WORD = 31;

function reach(key: string, filter: FilterSet): readonly number[] {
  const known = reached.get(key);
  if (known) return known;
  const words = Array.from({ length: Math.ceil(NAMES.length / WORD) }, () => 0);
  for (const [i, name] of NAMES.entries()) {
    const word = Math.floor(i / WORD);
    if (lets(filter, name)) words[word] = (words[word] ?? 0) | (1 << (i % WORD));
  }
  reached.set(key, words);
  return words;
}

/** All the names that a set lets through. */
function reachOf({ channels, prefixes }: FilterSet): readonly (readonly number[])[] {
  return [
    ...channels.map((name) => reach(`=${name}`, { channels: [name], prefixes: [] })),
    ...prefixes.map((prefix) => reach(`^${prefix}`, { channels: [], prefixes: [prefix] })),
  ];
}

/** Whether a grant opens all that filters let through: tried with every name. */
export function opens(grant: FilterSet, filters: FilterSet): boolean {
  const granted = reachOf(grant);
  return reachOf(filters).every((words) =>
    words.every((word, i) => (word & ~granted.reduce((bits, each) => bits | (each[i] ?? 0), 0)) === 0),
  );
}

/** Whether a set lets one of {@link NAMES} through: as {@link lets}, found out once. */
export function letsNth(filters: FilterSet, nth: number): boolean {
  return reachOf(filters).some((words) => ((words[Math.floor(nth / WORD)] ?? 0) & (1 << (nth % WORD))) !== 0);
}

/** Random sets and names from a number generator: 0 ≤ random() < 1. */
export class RandomFilters {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  upTo(most: number): number {
    return Math.floor(this.#random() * (most + 1));
  }

  of<T>(items: readonly T[]): T {
    return items[this.upTo(items.length - 1)] as T;
  }

  name(least = 1, most = 3): string {
    return Array.from({ length: least + this.upTo(most - least) }, () => this.of(LETTERS)).join('');
  }

  /** A name from the midst of a set, where it has any: at random alone, hardly ever one would be let through. */
  near({ channels, prefixes }: FilterSet): string {
    const filters = [...channels, ...prefixes.map((prefix) => prefix + this.of(LETTERS))];
    return filters.length > 0 ? this.of(filters) : this.name();
  }

  /** @param least how many filters there are at least */
  set(least: number, most: number): FilterSet {
    const channels: string[] = [];
    const prefixes: string[] = [];
    for (let left = least + this.upTo(most - least); left > 0; left--) {
      if (this.upTo(1) === 0) channels.push(this.name());
      else prefixes.push(this.name(0));
    }
    return { channels, prefixes };
  }
}

/** mulberry32: the same numbers for the same seed. */
export function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
