import { EVERY_CHANNEL, type FilterSet } from '@zerospan/shared';
import type { Order } from '../history.ts';
import type { Channels } from './channels.ts';
import type { Held } from './held.ts';
import type { Lasts } from './lasts.ts';
import type { Places } from './places.ts';

/** Up to this many exact names a walk goes by their channels; above, it scans all entries. */
const NAMES_BY_INDEX = 64;

/** Visits an entry; answers false to break off before it. */
export type Visit = (entry: Held) => boolean;

/** Goes over what is held, all of it or (for a few exact names) by the index of their channels. */
export class Walk {
  readonly #places: Places;
  readonly #channels: Channels;
  readonly #lasts: Lasts;

  constructor(places: Places, channels: Channels, lasts: Lasts) {
    this.#places = places;
    this.#channels = channels;
    this.#lasts = lasts;
  }

  /**
   * Visits the entries above an offset, in order.
   * @param scan how many may be visited
   * @returns false if `visit` broke off, or there may be more
   */
  forwards(after: number, filters: Iterable<FilterSet>, scan: number, visit: Visit): boolean {
    const names = exactNames(filters);
    if (names) return this.#of(names, after, 'forwards', scan, visit);
    if (!this.#lasts.each(after, visit)) return false;
    const { end } = this.#places;
    for (let place = this.#places.firstAbove(after); place < end; place++) {
      if (!visit(this.#places.at(place))) return false;
    }
    return true;
  }

  /** Visits the entries up to and with an offset and above another, newest first: see {@link forwards}. */
  backwards(upTo: number, after: number, filter: FilterSet, scan: number, visit: Visit): boolean {
    const names = exactNames([filter]);
    if (names) {
      let isPast = false;
      const within: Visit = (entry) => {
        isPast = entry.offset <= after;
        return !isPast && visit(entry);
      };
      return this.#of(names, upTo, 'backwards', scan, within) || isPast;
    }
    const places = this.#places;
    const end = Math.max(places.firstAbove(after), places.first);
    for (let place = places.firstAbove(upTo) - 1; place >= end; place--) {
      if (!visit(places.at(place))) return false;
    }
    return this.#lasts.eachBack(upTo, after, visit);
  }

  /**
   * As many of each channel as fill a scan together, up to where the first of them is cut short: what lies behind that
   * is for the next walk. So a walk costs its `scan`, however many the channels.
   */
  #of(names: Set<string>, from: number, order: Order, scan: number, visit: Visit): boolean {
    // A gap may stand for every channel.
    if (this.#channels.get(EVERY_CHANNEL)) names.add(EVERY_CHANNEL);
    const each = Math.ceil(scan / Math.max(names.size, 1)) + 1;
    const sign = order === 'forwards' ? 1 : -1;
    let end = Number.POSITIVE_INFINITY;
    const offsets = [...names].flatMap((name) => {
      const line = this.#channels.get(name)?.beyond(from, order, each) ?? [];
      // There may be more of it: nothing behind its last one may be visited now.
      if (line.length >= each) end = Math.min(end, sign * (line.at(-1) ?? 0));
      return line;
    });
    if (names.size > 1) offsets.sort((a, b) => sign * (a - b));
    for (const offset of offsets) {
      if (sign * offset > end) return false;
      const place = this.#places.find(offset);
      const entry = place === undefined ? this.#lasts.at(offset) : this.#places.at(place);
      if (entry && !visit(entry)) return false;
    }
    return end === Number.POSITIVE_INFINITY;
  }
}

/** The channels of filters that have no prefix, if there are few; else undefined. */
function exactNames(filters: Iterable<FilterSet>): Set<string> | undefined {
  const names = new Set<string>();
  for (const { channels, prefixes } of filters) {
    if (prefixes.length > 0) return undefined;
    for (const channel of channels) names.add(channel);
    if (names.size > NAMES_BY_INDEX) return undefined;
  }
  return names;
}
