import type { SegmentIndex } from '../index/segment-index.ts';
import type { FooterPlace, ReadBytes } from './segment.ts';

/** Footers in memory, of all segments together. That of a segment of 32 MiB with entries of 120 bytes has 1.3 MiB. */
const INDEXES_BYTES = 24 * 1024 * 1024;

/** A file with a footer. */
export interface Footed {
  readonly name: string;
  readonly footer: FooterPlace;
  readonly read: ReadBytes;
}

/** Loads the index of a file where it is not in memory. */
export interface IndexSource {
  /** Reads the footer of a file; undefined: it is damaged. */
  footer(of: Footed): Promise<SegmentIndex | undefined>;
  /** Makes the index of a file again, from its packs. Rejects where it has none. */
  rebuild(of: Footed): Promise<SegmentIndex>;
}

interface Held {
  readonly index: SegmentIndex | Promise<SegmentIndex>;
  /** What it counts for. */
  readonly bytes: number;
}

/** The indexes of segments that do not grow any more: those used last are in memory, within a bound. */
export class Indexes {
  readonly #source: IndexSource;
  readonly #most: number;
  /** Used longest ago first. */
  readonly #held = new Map<Footed, Held>();
  readonly #loading = new Set<Promise<SegmentIndex>>();
  #bytes = 0;

  constructor(source: IndexSource, mostBytes = INDEXES_BYTES) {
    this.#source = source;
    this.#most = mostBytes;
  }

  /** What those in memory count for. */
  get bytes(): number {
    return this.#bytes;
  }

  of(segment: Footed): SegmentIndex | Promise<SegmentIndex> {
    const held = this.#held.get(segment);
    if (held) {
      this.#held.delete(segment);
      this.#held.set(segment, held);
      return held.index;
    }
    const loading = this.#load(segment);
    this.#hold(segment, loading);
    this.#loading.add(loading);
    const settled = (): unknown => this.#loading.delete(loading);
    loading.then(settled, settled);
    return loading;
  }

  /** Resolves when no file is read any more: who asked for an index may have ended before it came. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#loading);
  }

  forget(segment: Footed): void {
    this.#bytes -= this.#held.get(segment)?.bytes ?? 0;
    this.#held.delete(segment);
  }

  async #load(segment: Footed): Promise<SegmentIndex> {
    try {
      const index = (await this.#source.footer(segment)) ?? (await this.#source.rebuild(segment));
      if (this.#held.has(segment)) this.#hold(segment, index);
      return index;
    } catch (error) {
      this.forget(segment);
      throw error;
    }
  }

  #hold(segment: Footed, index: Held['index']): void {
    this.forget(segment);
    const { footerBytes } = segment.footer;
    this.#held.set(segment, { index, bytes: footerBytes });
    this.#bytes += footerBytes;
    for (const oldest of this.#held.keys()) {
      // The newest one stays, whatever its size.
      if (this.#bytes <= this.#most || oldest === segment) break;
      this.forget(oldest);
    }
  }
}
