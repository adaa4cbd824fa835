import type { FilterSet } from '@zerospan/shared';
import { lets } from './filters.ts';
import { Random } from './random.ts';

/** Letters of names in random tests. `REST` is in no filter: a name with it shows what only a prefix lets through. */
const LETTERS = ['a', 'é', '$'] as const;
const REST = 'z';

/** Every name up to four letters that can distinguish two filters of up to three. */
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

/** Chance that draws names and sets of filters, too. */
export class RandomFilters extends Random {
  name(least = 1, most = 3): string {
    return Array.from({ length: this.between(least, most) }, () => this.one(LETTERS)).join('');
  }

  /** A name from the midst of a set, where it has any: at random alone, hardly ever one would be let through. */
  near({ channels, prefixes }: FilterSet): string {
    const filters = [...channels, ...prefixes.map((prefix) => prefix + this.one(LETTERS))];
    return filters.length > 0 ? this.one(filters) : this.name();
  }

  /** @param least how many filters there are at least */
  set(least: number, most: number): FilterSet {
    const channels: string[] = [];
    const prefixes: string[] = [];
    for (let left = this.between(least, most); left > 0; left--) {
      if (this.between(0, 1) === 0) channels.push(this.name());
      else prefixes.push(this.name(0));
    }
    return { channels, prefixes };
  }
}
