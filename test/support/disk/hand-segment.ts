import type { StoreRecord } from '../../../server/src/core/log/store.ts';
import type { OpenFile } from '../../../server/src/logs/disk/files/files.ts';
import { SEGMENT_HEADER_BYTES } from '../../../server/src/logs/disk/format/segment-header.ts';
import { GrowingIndex } from '../../../server/src/logs/disk/index/growing-index.ts';
import type { Segment } from '../../../server/src/logs/disk/segments/segment.ts';
import { PackBuilder } from '../../../server/src/logs/packs/pack.ts';

/** The segment that a test writes to. */
export class HandSegment implements Segment {
  isSealed = false;
  readonly before: number;
  readonly file: OpenFile;
  readonly growing: GrowingIndex;
  readonly builder = new PackBuilder();
  records: StoreRecord[] = [];
  chain = 0;
  bytes = SEGMENT_HEADER_BYTES;
  last: number;
  firstTime = 0;
  lastTime = 0;

  constructor(file: OpenFile, before: number) {
    this.file = file;
    this.before = before;
    this.last = before;
    this.growing = new GrowingIndex(before);
  }

  get name(): string {
    return this.file.name;
  }

  get entries(): number {
    return this.growing.entries;
  }

  index(): GrowingIndex {
    return this.growing;
  }

  read(at: number, bytes: number): Promise<Buffer> {
    return this.file.read(at, bytes);
  }

  lend(): () => void {
    return () => undefined;
  }
}
