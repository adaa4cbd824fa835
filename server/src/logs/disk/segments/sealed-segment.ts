import type { SegmentIndex } from '../index/segment-index.ts';
import type { Indexes } from './indexes.ts';
import type { FooterPlace, ReadBytes, Segment } from './segment.ts';

/** What a trailer, and a segment's header, say of it. */
export interface SealedExtent extends FooterPlace {
  readonly before: number;
  readonly last: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly entries: number;
}

/** A segment that is only read: its index is in its footer, and in memory for as long as there is room. */
export class SealedSegment implements Segment {
  readonly isSealed = true;
  readonly name: string;
  readonly before: number;
  readonly last: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly entries: number;
  readonly bytes: number;
  readonly footer: FooterPlace;
  readonly read: ReadBytes;
  readonly #indexes: Indexes;
  #loans = 0;
  #returned: (() => void) | undefined;

  /** @param bytes of the file */
  constructor(name: string, extent: SealedExtent, bytes: number, read: ReadBytes, indexes: Indexes) {
    this.name = name;
    this.before = extent.before;
    this.last = extent.last;
    this.firstTime = extent.firstTime;
    this.lastTime = extent.lastTime;
    this.entries = extent.entries;
    this.bytes = bytes;
    this.footer = extent;
    this.read = read;
    this.#indexes = indexes;
  }

  index(): SegmentIndex | Promise<SegmentIndex> {
    return this.#indexes.of(this);
  }

  lend(): () => void {
    this.#loans++;
    return () => {
      if (--this.#loans === 0) this.#returned?.();
    };
  }

  /** It has left the log. Resolves when nobody reads it any more: then its file may go. */
  async retire(): Promise<void> {
    this.#indexes.forget(this);
    if (this.#loans === 0) return;
    await new Promise<void>((resolve) => {
      this.#returned = resolve;
    });
  }
}
