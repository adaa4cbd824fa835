import type { TimeSlicer } from '../../../core/time-slicer.ts';
import { visitRecords } from '../../packs/pack.ts';
import type { RecordView } from '../../packs/record-view.ts';
import type { Files, OpenFile } from '../files/files.ts';
import { readSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from '../format/segment-header.ts';
import { readTrailer, TRAILER_BYTES, type Trailer } from '../format/trailer.ts';
import { GrowingIndex } from '../index/growing-index.ts';
import { UnfitDirectory } from '../options.ts';
import type { ColdReads } from '../segments/cold-reads.ts';
import { type FoundPack, type Missing, type Scan, scanPacks } from './scanning.ts';

/** A segment's packs, all of them read. */
export interface ScannedSegment extends Scan {
  readonly index: GrowingIndex;
  readonly missing: readonly Missing[];
}

/** Whom a scan leaves room for, where it runs while the log is used. */
export interface Others {
  readonly cold: ColdReads;
  readonly turns: Pick<TimeSlicer, 'wait'>;
}

interface Found {
  readonly name: string;
  readonly before: number;
  /** Undefined: its header is damaged. */
  readonly header: Pick<SegmentHeader, 'chain' | 'created'> | undefined;
  readonly sizeBytes: number;
  readonly trailer: Trailer | undefined;
}

/** The file of a segment as a start finds it. */
export class FoundSegment {
  readonly name: string;
  /** Offset of the newest entry before it. */
  readonly before: number;
  readonly sizeBytes: number;
  /** Undefined: it was not sealed, or that is damaged. */
  readonly trailer: Trailer | undefined;
  readonly #files: Files;
  readonly #header: Found['header'];
  #scanned: ScannedSegment | undefined;

  /**
   * @param before as its name says: it is believed where the header is damaged
   * @throws UnfitDirectory if it was written by a later version
   */
  static async find(files: Files, name: string, before: number): Promise<FoundSegment> {
    const file = await files.open(name, 'read');
    try {
      const { sizeBytes } = await file.stat();
      const bytes = await file.read(0, SEGMENT_HEADER_BYTES);
      const header = readSegmentHeader(bytes);
      if (header === 'version') throw new UnfitDirectory('newer-format', String(bytes.readUInt16LE(4)));
      const trailer = readTrailer(
        await file.read(Math.max(sizeBytes - TRAILER_BYTES, 0), TRAILER_BYTES),
        sizeBytes,
      );
      return new FoundSegment(files, {
        name,
        before: typeof header === 'string' ? before : header.before,
        header: typeof header === 'string' ? undefined : header,
        sizeBytes,
        trailer: typeof trailer === 'string' ? undefined : trailer,
      });
    } finally {
      await file.close();
    }
  }

  private constructor(files: Files, { name, before, header, sizeBytes, trailer }: Found) {
    this.#files = files;
    this.name = name;
    this.before = before;
    this.sizeBytes = sizeBytes;
    this.trailer = trailer;
    this.#header = header;
  }

  get hasHeader(): boolean {
    return this.#header !== undefined;
  }

  /** When it was begun, in ms since 1970; undefined: its header is damaged. */
  get created(): number | undefined {
    return this.#header?.created;
  }

  /** Where its packs end at the latest. */
  get packsEnd(): number {
    return this.trailer ? this.trailer.footerAt - this.trailer.keysBytes : this.sizeBytes;
  }

  /** Reads all of its packs, once. */
  async scan(others?: Others): Promise<ScannedSegment> {
    this.#scanned ??= await this.scanTo(this.packsEnd, others);
    return this.#scanned;
  }

  /** Reads its packs up to a place in the file. */
  scanTo(end: number, others?: Others): Promise<ScannedSegment> {
    return this.using('read', async (opened) => {
      const read: OpenFile['read'] = (at, bytes) => opened.read(at, bytes);
      const file = others
        ? { read: (at: number, bytes: number) => others.cold.run(() => read(at, bytes)) }
        : opened;
      const index = new GrowingIndex(this.before);
      const missing: Missing[] = [];
      const start = { at: SEGMENT_HEADER_BYTES, before: this.before, chain: this.#header?.chain };
      const scan = await scanPacks(file, end, start, {
        ...(others && { wait: () => others.turns.wait() }),
        found: (pack) => void indexPack(index, pack),
        missing: (one) => void missing.push(one),
      });
      return { ...scan, index, missing };
    });
  }

  /** What was read of it is not needed any more. */
  forget(): void {
    this.#scanned = undefined;
  }

  async using<T>(mode: 'read' | 'update', action: (file: OpenFile) => Promise<T>): Promise<T> {
    const file = await this.#files.open(this.name, mode);
    try {
      return await action(file);
    } finally {
      await file.close();
    }
  }
}

/**
 * Adds what a pack has to the index of its segment.
 * @returns whether its records are those that its header says
 * @throws RangeError where they do not belong together
 */
export function indexPack(index: GrowingIndex, { at, header, bytes }: FoundPack): boolean {
  const records: RecordView[] = [];
  const isRead = visitRecords(bytes, header, (record) => void records.push(record));
  const { first, time, entries } = header;
  index.add({ at, bytes: header.bytes, first, time, entries }, records);
  return isRead;
}
