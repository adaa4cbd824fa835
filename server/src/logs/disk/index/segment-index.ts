/** Where a pack lies in the file of its segment, and what it has. */
export interface PackPlace {
  /** Where in the file it begins, in bytes. */
  readonly at: number;
  readonly bytes: number;
  /** Offset of its first entry; each further one has the next number. */
  readonly first: number;
  /** In ms since 1970: of all its entries. */
  readonly time: number;
  readonly entries: number;
}

/** The packs of a segment, in order. */
export interface PackTable {
  readonly count: number;
  /** @param i from 0, below `count` */
  at(i: number): PackPlace;
  /** The time of a pack, in ms since 1970. */
  timeAt(i: number): number;
  /** The number of the pack that has an offset, or else of the first one behind it; `count` if there is none. */
  find(offset: number): number;
  /** The number of the first pack of a time or later; `count` if there is none. */
  findTime(time: number): number;
}

/** An upstream gap. */
export interface ChannelGap {
  readonly offset: number;
  /** How many publications it stands for; null: unknown. */
  readonly stands: number | null;
}

/** What a segment has of one channel. */
export interface ChannelOffsets {
  readonly name: string;
  /** How many publications. */
  readonly count: number;
  /**
   * Offset of a publication; they ascend.
   * @param i from 0, below `count`
   */
  offsetAt(i: number): number;
  /** The number of its first publication above an offset; `count` if there is none. */
  firstAbove(offset: number): number;
  /** In the order of their offsets; most channels have none. */
  readonly gaps: readonly ChannelGap[];
}

/** What the index of a segment knows: where its packs are, and which entries its channels have. */
export interface SegmentIndex {
  /** Offset of the newest entry before the segment; 0: none. All its offsets are above. */
  readonly before: number;
  readonly packs: PackTable;
  /** How many channels it has anything of. */
  readonly channels: number;
  /** @param name `EVERY_CHANNEL`: the gaps that concern every channel */
  channel(name: string): ChannelOffsets | undefined;
  /**
   * Those whose names begin with a prefix, in any order. It costs all names: take pauses where there may be many.
   * @param prefix default: all of them
   */
  all(prefix?: string): Iterable<ChannelOffsets>;
}
