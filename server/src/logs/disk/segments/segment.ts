import type { SegmentIndex } from '../index/segment-index.ts';

/** Reads bytes of one file; shorter only where it ends. */
export type ReadBytes = (at: number, bytes: number) => Promise<Buffer>;

/** Where in a file its footer is. */
export interface FooterPlace {
  /** In bytes, from the beginning of the file. */
  readonly footerAt: number;
  readonly footerBytes: number;
  readonly footerCrc: number;
  /** How many packs it has rows of. */
  readonly packs: number;
}

/** A file of packs, as those see it who read it or let it go. */
export interface Segment {
  readonly name: string;
  /** Offset of the newest entry before it; 0: none. All its entries lie above. */
  readonly before: number;
  /** Offset of its newest entry; `before` when it has none. */
  readonly last: number;
  /** Times of its first and its last pack, in ms since 1970; 0 when it has none. */
  readonly firstTime: number;
  readonly lastTime: number;
  readonly entries: number;
  /** Of the file. */
  readonly bytes: number;
  /** It has its footer, and nothing is written to it any more. */
  readonly isSealed: boolean;
  /**
   * At once where it is in memory.
   * @returns rejects where it cannot be read, nor be made again from the packs
   */
  index(): SegmentIndex | Promise<SegmentIndex>;
  /** Reads up to `bytes` of the file from `at`; shorter only where it ends. */
  read(at: number, bytes: number): Promise<Buffer>;
  /**
   * Until it is given back, the file can be read, also when it leaves the log meanwhile.
   * @returns gives it back; call it once
   */
  lend(): () => void;
}
