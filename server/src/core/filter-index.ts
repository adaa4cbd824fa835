import { EVERY_CHANNEL, type FilterSet, filterCount, PrefixTree } from '@zerospan/shared';

/** All that have one filter. Most filters belong to one alone: a set for each would take ten times as much. */
export type Some<T> = T | Set<T>;

/**
 * Finds what matches a channel: one look-up by exact name, and one path through the prefixes, however many there are
 * and of however many lengths. Looked up by lengths, 254 of them made every publication of the bus cost 254 look-ups.
 */
export class FilterIndex<T extends object> {
  readonly #exact = new Map<string, Some<T>>();
  readonly #prefixes = new PrefixTree<Some<T>>();
  /** All items that have filters here, with their number of filters. */
  readonly #all = new Map<T, number>();

  add(set: FilterSet, item: T): void {
    const { channels, prefixes } = set;
    const count = (this.#all.get(item) ?? 0) + filterCount(set);
    if (count > 0) this.#all.set(item, count);
    for (const channel of channels) this.#exact.set(channel, withOne(this.#exact.get(channel), item));
    for (const prefix of prefixes) {
      const node = this.#prefixes.obtain(prefix);
      node.value = withOne(node.value, item);
    }
  }

  remove(set: FilterSet, item: T): void {
    const { channels, prefixes } = set;
    const left = (this.#all.get(item) ?? 0) - filterCount(set);
    if (left > 0) this.#all.set(item, left);
    else this.#all.delete(item);
    for (const channel of channels) {
      if (isLast(this.#exact.get(channel), item)) this.#exact.delete(channel);
    }
    for (const prefix of prefixes) {
      const node = this.#prefixes.find(prefix);
      if (node && isLast(node.value, item)) this.#prefixes.remove(node);
    }
  }

  /**
   * Calls `visit` with each item that matches a channel; once for each of its filters that does. {@link EVERY_CHANNEL}
   * matches all items, once each.
   * @returns how many places it visited
   */
  each(channel: string, visit: (item: T) => void): number {
    if (channel === EVERY_CHANNEL) {
      for (const item of this.#all.keys()) visit(item);
      return this.#all.size;
    }
    visitAll(this.#exact.get(channel), visit);
    if (this.#prefixes.isEmpty) return 1;
    return 1 + this.#prefixes.along(channel, (some) => visitAll(some, visit));
  }

  /** Calls `visit` once for each filter that a channel matches, with all that have it. */
  eachFilter(channel: string, visit: (some: Some<T>) => void): void {
    const exact = this.#exact.get(channel);
    if (exact !== undefined) visit(exact);
    if (!this.#prefixes.isEmpty) this.#prefixes.along(channel, visit);
  }
}

function withOne<T extends object>(some: Some<T> | undefined, item: T): Some<T> {
  if (some === undefined || some === item) return item;
  return some instanceof Set ? some.add(item) : new Set([some, item]);
}

/** Takes an item out; answers whether nothing is left. */
function isLast<T extends object>(some: Some<T> | undefined, item: T): boolean {
  return some instanceof Set ? some.delete(item) && some.size === 0 : some === item;
}

function visitAll<T extends object>(some: Some<T> | undefined, visit: (item: T) => void): void {
  if (some === undefined) return;
  if (some instanceof Set) for (const item of some) visit(item);
  else visit(some);
}
