import { randomInt } from 'node:crypto';
import type { StoreRecord } from '../../../core/log/store.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import { crcOfPack, PackBuilder } from '../../packs/pack.ts';
import type { OpenFile } from '../files/files.ts';
import { SEGMENT_HEADER_BYTES, writeSegmentHeader } from '../format/segment-header.ts';
import { GrowingIndex } from '../index/growing-index.ts';
import { sealOf } from '../index/seal.ts';

/** Packs are gathered up to these bytes, and written together. */
const PIECE_BYTES = 256 * 1024;

const SEEDS = 2 ** 32;

/**
 * Writes last publications to a file that is read as a segment is. Those that stood beside each other are one pack;
 * most have one of their own.
 */
export class LastsFile {
  readonly #file: OpenFile;
  readonly #turns: TimeSlicer;
  readonly #index: GrowingIndex;
  readonly #builder = new PackBuilder();
  #records: StoreRecord[] = [];
  /** Of the pack that is gathered. */
  #first = 0;
  #time = 0;
  /** Offset of the newest entry that was added. */
  #last: number;
  #chain = 0;
  /** Where in the file the next pack goes. */
  #at: number;
  #pieces: Buffer[];
  #pieceBytes = SEGMENT_HEADER_BYTES;
  #writtenBytes = 0;

  /**
   * @param file a new one
   * @param before below the offset of the first of them
   */
  constructor(file: OpenFile, epoch: string, before: number, turns: TimeSlicer) {
    this.#file = file;
    this.#turns = turns;
    this.#index = new GrowingIndex(before);
    this.#last = before;
    this.#at = SEGMENT_HEADER_BYTES;
    this.#pieces = [writeSegmentHeader({ epoch, before, created: 0, chain: 0 })];
  }

  /** Adds the next in the order of offsets. */
  async add(record: StoreRecord, offset: number, time: number): Promise<void> {
    const isNext = offset === this.#last + 1 && time === this.#time && this.#builder.fits(record);
    if (this.#builder.entries > 0 && !isNext) {
      this.#endPack();
      await this.#turns.wait();
    }
    if (this.#builder.entries === 0) {
      this.#first = offset;
      this.#time = time;
    }
    this.#builder.add(record);
    this.#records.push(record);
    this.#last = offset;
    if (this.#pieceBytes >= PIECE_BYTES) await this.#write();
  }

  /** Writes the rest, and syncs the file. */
  async close(): Promise<void> {
    if (this.#builder.entries > 0) this.#endPack();
    const options = { at: this.#at, chain: this.#chain, seed: randomInt(SEEDS), keysAfter: 0, keysMost: 0 };
    const { footer, trailer } = await this.#turns.runBeside(sealOf(this.#index, options));
    this.#put(footer);
    this.#put(trailer);
    await this.#write();
    await this.#file.sync();
  }

  #endPack(): void {
    const { count } = this.#index.packs;
    const newest = count === 0 ? undefined : this.#index.packs.at(count - 1);
    const before = newest ? newest.first + newest.entries - 1 : this.#index.before;
    const { entries } = this.#builder;
    const at = { first: this.#first, time: this.#time, before, chain: this.#chain, syncedUpTo: 0 };
    const pack = this.#builder.close(at);
    this.#chain = crcOfPack(pack);
    this.#index.add(
      { at: this.#at, bytes: pack.length, first: this.#first, time: this.#time, entries },
      this.#records,
    );
    this.#records = [];
    this.#at += pack.length;
    // The builder uses its memory again.
    this.#put(Buffer.from(pack));
  }

  #put(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#pieceBytes += bytes.length;
  }

  async #write(): Promise<void> {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#pieceBytes = 0;
    await this.#file.write(bytes, this.#writtenBytes);
    this.#writtenBytes += bytes.length;
  }
}
