import type { Files, OpenFile } from '../files/files.ts';
import { SEGMENT_HEADER_BYTES, type SegmentHeader, writeSegmentHeader } from '../format/segment-header.ts';
import { GrowingIndex, type IndexedRecord } from '../index/growing-index.ts';
import type { PackPlace } from '../index/segment-index.ts';
import type { Segment } from '../segments/segment.ts';
import { segmentName } from '../segments/segment-name.ts';

/** What is on disk of a segment that is written on. */
export interface Tail {
  /** The end of its last pack. */
  readonly bytes: number;
  /** Check sum of the last pack of the log. */
  readonly chain: number;
}

/** The segment that is written to, or was and has no footer yet: its index is in memory. */
export class ActiveSegment implements Segment {
  readonly isSealed = false;
  readonly file: OpenFile;
  readonly growing: GrowingIndex;
  #tail: Tail;
  #loans = 0;
  #isReplaced = false;

  /** A new file; it is there for good after a sync of it and of the directory. */
  static async create(files: Files, header: SegmentHeader): Promise<ActiveSegment> {
    const { before, chain } = header;
    const name = segmentName(before);
    const file = await files.open(name, 'create');
    try {
      await file.write(writeSegmentHeader(header), 0);
    } catch (error) {
      await file.close();
      await files.remove(name);
      throw error;
    }
    return new ActiveSegment(file, new GrowingIndex(before), { bytes: SEGMENT_HEADER_BYTES, chain });
  }

  /** @param file open for writing */
  constructor(file: OpenFile, growing: GrowingIndex, tail: Tail) {
    this.file = file;
    this.growing = growing;
    this.#tail = tail;
  }

  get name(): string {
    return this.file.name;
  }

  get before(): number {
    return this.growing.before;
  }

  get last(): number {
    const newest = this.#newest;
    return newest ? newest.first + newest.entries - 1 : this.before;
  }

  get firstTime(): number {
    return this.isEmpty ? 0 : this.growing.packs.at(0).time;
  }

  get lastTime(): number {
    return this.#newest?.time ?? 0;
  }

  get entries(): number {
    return this.growing.entries;
  }

  /** The end of its last pack. */
  get bytes(): number {
    return this.#tail.bytes;
  }

  /** Check sum of the last pack of the log. */
  get chain(): number {
    return this.#tail.chain;
  }

  get isEmpty(): boolean {
    return this.growing.packs.count === 0;
  }

  index(): GrowingIndex {
    return this.growing;
  }

  read(at: number, bytes: number): Promise<Buffer> {
    return this.file.read(at, bytes);
  }

  /** Writes a pack behind the others. It counts once it was added. */
  write(pack: Buffer): Promise<void> {
    return this.file.write(pack, this.#tail.bytes);
  }

  /**
   * A pack was written: its records are found from now on.
   * @param chain its check sum
   */
  add(pack: Omit<PackPlace, 'at'>, chain: number, records: readonly IndexedRecord[]): void {
    const { bytes: at } = this.#tail;
    this.growing.add({ ...pack, at }, records);
    this.#tail = { bytes: at + pack.bytes, chain };
  }

  /** Takes away what a write that failed may have left behind. It is safe after a sync. */
  cut(): Promise<void> {
    return this.file.truncate(this.#tail.bytes);
  }

  lend(): () => void {
    this.#loans++;
    return () => {
      this.#loans--;
      this.#closeUnused();
    };
  }

  /** Another object reads the file from now on. */
  replaced(): void {
    this.#isReplaced = true;
    this.#closeUnused();
  }

  get #newest(): PackPlace | undefined {
    const { packs } = this.growing;
    return packs.count > 0 ? packs.at(packs.count - 1) : undefined;
  }

  #closeUnused(): void {
    // Nothing is lost by a failure to close it: it is synced.
    if (this.#isReplaced && this.#loans === 0) this.file.close().catch(() => undefined);
  }
}
