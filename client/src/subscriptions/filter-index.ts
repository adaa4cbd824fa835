import { EVERY_CHANNEL, type FilterSet, prefixCovers } from '@zerospan/shared';

/**
 * Finds what matches a channel: one look-up by exact name and one for each different prefix, however many match. Lists
 * are replaced, never changed, so that a subscription may end while a publication is being handed round.
 */
export class FilterIndex<T> {
  readonly #channels = new Map<string, readonly T[]>();
  readonly #prefixes = new Map<string, readonly T[]>();

  add(set: FilterSet, item: T): void {
    for (const channel of set.channels) join(this.#channels, channel, item);
    for (const prefix of set.prefixes) join(this.#prefixes, prefix, item);
  }

  remove(set: FilterSet, item: T): void {
    for (const channel of set.channels) leave(this.#channels, channel, item);
    for (const prefix of set.prefixes) leave(this.#prefixes, prefix, item);
  }

  /**
   * Calls `give` for each filter that matches the channel; {@link EVERY_CHANNEL} calls it once for each item that has
   * any filter.
   */
  each(channel: string, give: (item: T) => void): void {
    if (channel === EVERY_CHANNEL) {
      for (const items of [...this.#channels.values(), ...this.#prefixes.values()])
        for (const item of items) give(item);
      return;
    }
    const exact = this.#channels.get(channel);
    if (exact !== undefined) for (const item of exact) give(item);
    for (const [prefix, items] of this.#prefixes) {
      if (prefixCovers(prefix, channel)) for (const item of items) give(item);
    }
  }
}

function join<T>(lists: Map<string, readonly T[]>, name: string, item: T): void {
  lists.set(name, [...(lists.get(name) ?? []), item]);
}

function leave<T>(lists: Map<string, readonly T[]>, name: string, item: T): void {
  const left = (lists.get(name) ?? []).filter((each) => each !== item);
  if (left.length > 0) lists.set(name, left);
  else lists.delete(name);
}
