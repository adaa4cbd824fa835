import type { Order } from '../../../core/log/history.ts';
import { isWhole, readHeader } from '../../packs/pack.ts';
import { VerifiedPack } from '../../packs/verified-pack.ts';
import type { PackPlace, PackTable } from '../index/segment-index.ts';
import type { ColdReads } from '../segments/cold-reads.ts';
import { readable } from '../segments/footers.ts';
import type { Segment } from '../segments/segment.ts';
import type { PackCache } from './pack-cache.ts';
import { RUN_BYTES_MOST, Windows } from './windows.ts';

/** Most packs that are read together: each is checked, in one turn. Those of one entry would be 6,000 in 1 MiB. */
const RUN_PACKS_MOST = 256;

/** One pack that is asked for. */
export interface Asked {
  readonly segment: Segment;
  /** Where the segment lies in the log, in bytes. */
  readonly position: number;
  readonly table: PackTable;
  /** Its number in the table. */
  readonly i: number;
  /** Which neighbours will be asked for next. */
  readonly order: Order;
  /** Most of them will be. */
  readonly isDense: boolean;
}

/** Packs, from memory or from their files. */
export class Packs {
  readonly windows: Windows;
  readonly #cache: PackCache;
  readonly #cold: ColdReads;
  /** Runs under way, by each of their packs. */
  readonly #reading = new Map<number, Promise<void>>();

  constructor(cache: PackCache, cold: ColdReads, windows = new Windows()) {
    this.windows = windows;
    this.#cache = cache;
    this.#cold = cold;
  }

  /** At once, where it is in memory. */
  held({ position, table, i }: Asked): VerifiedPack | undefined {
    return this.#cache.get(position + table.at(i).at);
  }

  /**
   * Reads a pack, and neighbours with it: the more, the more has been asked for in its window.
   * @returns undefined: it is damaged; rejects where the file cannot be read
   */
  async read(asked: Asked): Promise<VerifiedPack | undefined> {
    const { position, table, i } = asked;
    const key = position + table.at(i).at;
    // Another one may be reading it just now.
    await this.#reading.get(key);
    let found = this.#cache.get(key);
    if (found) return found;
    const places = this.#runOf(asked);
    const keys = places.map(({ at }) => position + at);
    const reading = this.#cold.run(async () => {
      found = await this.#readRun(asked, places);
    });
    // Who waits for it reads it again where it failed, and is given the reason.
    const waiting = reading.catch(() => undefined);
    for (const each of keys) this.#reading.set(each, waiting);
    try {
      await reading;
    } finally {
      for (const each of keys) if (this.#reading.get(each) === waiting) this.#reading.delete(each);
    }
    return found;
  }

  /** The pack and those beside it, in the order of the file. */
  #runOf({ position, table, i, order, isDense }: Asked): PackPlace[] {
    const place = table.at(i);
    const most = isDense ? RUN_BYTES_MOST : this.windows.read(position + place.at);
    const step = order === 'forwards' ? 1 : -1;
    const places = [place];
    let bytes = place.bytes;
    let edge = place;
    for (let at = i + step; at >= 0 && at < table.count; at += step) {
      const next = table.at(at);
      const [left, right] = order === 'forwards' ? [edge, next] : [next, edge];
      const key = position + next.at;
      bytes += next.bytes;
      // Nothing but packs: what is damaged may lie between.
      if (bytes > most || places.length >= RUN_PACKS_MOST || left.at + left.bytes !== right.at) break;
      if (this.#cache.has(key) || this.#reading.has(key)) break;
      places.push(next);
      edge = next;
    }
    return order === 'forwards' ? places : places.reverse();
  }

  /** @returns the pack that was asked for */
  async #readRun(asked: Asked, places: readonly PackPlace[]): Promise<VerifiedPack | undefined> {
    const { segment, position, table, i } = asked;
    const [first] = places as [PackPlace];
    const last = places.at(-1) as PackPlace;
    const own = table.at(i);
    const read = (at: number, count: number): Promise<Buffer> => segment.read(at, count);
    const bytes = await readable(read, first.at, last.at + last.bytes - first.at);
    // One that cannot be read does not take its neighbours with it.
    if (!bytes && places.length > 1) return this.#readRun(asked, [own]);
    const packs = new Map<number, VerifiedPack>();
    for (const place of places) {
      const pack = bytes && verified(bytes.subarray(place.at - first.at), place);
      if (pack) packs.set(position + place.at, pack);
    }
    if (bytes && packs.size > 0) this.#cache.add({ bytes: bytes.length, packs });
    return packs.get(position + own.at);
  }
}

function verified(bytes: Buffer, { bytes: length, first, entries }: PackPlace): VerifiedPack | undefined {
  const header = readHeader(bytes, 0);
  if (typeof header === 'string') return undefined;
  const isIt = header.bytes === length && header.first === first && header.entries === entries;
  return isIt && isWhole(bytes, header) ? new VerifiedPack(bytes.subarray(0, length), header) : undefined;
}
