import { randomInt } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import type { RememberedBounds } from '../../../core/log/puts/remembered.ts';
import type { TimeSlicer } from '../../../core/time-slicer.ts';
import type { Files } from '../files/files.ts';
import { keptKeys, sealOf } from '../index/seal.ts';
import { ActiveSegment } from './active-segment.ts';
import { isNoRoom } from './reserve.ts';
import type { Syncer } from './syncer.ts';
import type { Head, Writer } from './writer.ts';

/** How much of what seals a segment is written between two packs. */
const PIECE_BYTES = 1024 * 1024;

/** Most segments that wait for their footers: beyond, the next one grows above its size. */
const UNSEALED_MOST = 4;

/** When a footer for which there was no room is tried again. */
const RETRY_MS = 1_000;

export interface RollingParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly slicer: Pick<TimeSlicer, 'run'>;
  readonly syncer: Syncer;
  readonly writer: Pick<Writer, 'between' | 'head'>;
  readonly epoch: string;
  /** When a segment is sealed: its bytes, and its age in ms; 0: any age. */
  readonly segmentBytes: number;
  readonly segmentAgeMs: number;
  /** How many puts a start asks for. */
  readonly remembered: RememberedBounds;
  /** Another segment is written to from now on. */
  readonly begun: (segment: ActiveSegment) => void;
  /** A segment has its footer, safely. @param bytes of its file */
  readonly sealed: (segment: ActiveSegment, trailer: Buffer, bytes: number) => void;
  readonly failed: (error: unknown) => void;
}

/** Begins the next segment when one is full, and gives that one its footer meanwhile. */
export class Rolling {
  readonly #parts: RollingParts;
  #active: ActiveSegment;
  #begunMs: number;
  /** Segments that have no footer yet, oldest first; the first one is being given it. */
  readonly #unsealed: ActiveSegment[] = [];
  #sealing: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: RollingParts, active: ActiveSegment) {
    this.#parts = parts;
    this.#active = active;
    this.#begunMs = parts.clock.elapsed();
  }

  get active(): ActiveSegment {
    return this.#active;
  }

  /** The segment that the next pack goes to. To be called between two packs. */
  async next(): Promise<ActiveSegment> {
    if (this.#isDue()) await this.#begin();
    return this.#active;
  }

  /** Begins the next segment where this one is old: nothing else may be written for long. */
  expire(): void {
    if (!this.#isOld()) return;
    this.seal().catch((error: unknown) => {
      if (!isNoRoom(error)) this.#parts.failed(error);
    });
  }

  /**
   * Begins the next segment, unless this one is empty. Resolves when all before it have their footers, or there is no
   * room for them.
   */
  async seal(): Promise<void> {
    await this.#parts.writer.between(() => this.#begin());
    await this.#sealing;
  }

  /** Resolves when no segment is about to be sealed. */
  async settled(): Promise<void> {
    await this.#parts.writer.between(() => Promise.resolve());
    while (this.#sealing) await this.#sealing;
  }

  /** Resolves when all segments but the last have their footers, or there is no room for them. */
  async end(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry?.();
    await this.#sealing;
  }

  /** Closes the files of all that were not given footers: after a failure, or for lack of room, there are some. */
  async close(): Promise<void> {
    await this.end();
    for (const { file } of [...this.#unsealed, this.#active]) await file.close();
  }

  #isDue(): boolean {
    if (this.#unsealed.length >= UNSEALED_MOST) return false;
    const { bytes, growing } = this.#active;
    return bytes + growing.footerBytes >= this.#parts.segmentBytes || this.#isOld();
  }

  #isOld(): boolean {
    const { segmentAgeMs, clock } = this.#parts;
    if (segmentAgeMs === 0 || this.#active.isEmpty) return false;
    return clock.elapsed() - this.#begunMs >= segmentAgeMs;
  }

  async #begin(): Promise<void> {
    const { files, epoch, clock, syncer, writer } = this.#parts;
    const full = this.#active;
    if (full.isEmpty || this.#isClosed) return;
    const { offset: before }: Head = writer.head;
    const header = { epoch, before, created: clock.now(), chain: full.chain };
    this.#active = await ActiveSegment.create(files, header);
    this.#begunMs = clock.elapsed();
    syncer.named();
    this.#parts.begun(this.#active);
    this.#unsealed.push(full);
    this.#seal();
  }

  #seal(): void {
    // It is tried now: a try that was due later would come beside the one that this may leave, and outlive a close.
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#sealing ??= this.#sealAll().finally(() => {
      this.#sealing = undefined;
    });
  }

  async #sealAll(): Promise<void> {
    try {
      for (let oldest = this.#unsealed[0]; oldest; oldest = this.#unsealed[0]) {
        await this.#sealOne(oldest);
        this.#unsealed.shift();
      }
    } catch (error) {
      if (isNoRoom(error)) await this.#sealLater().catch(this.#parts.failed);
      else this.#parts.failed(error);
    }
  }

  async #sealLater(): Promise<void> {
    // The next footer may be shorter, and has to be the end of the file. Until then the room is for others.
    await this.#unsealed[0]?.cut();
    if (!this.#isClosed) this.#cancelRetry = this.#parts.clock.later(RETRY_MS, () => this.#seal());
  }

  async #sealOne(segment: ActiveSegment): Promise<void> {
    const { slicer, syncer, clock, writer, remembered, sealed } = this.#parts;
    const { growing, file, chain } = segment;
    const kept = keptKeys(remembered, clock.now());
    const options = { at: segment.bytes, chain, seed: randomInt(2 ** 32), ...kept };
    const { keys, footer, trailer } = await slicer.run(sealOf(growing, options));
    let at = segment.bytes;
    for (const part of [keys, footer, trailer])
      for (let from = 0; from < part.length; from += PIECE_BYTES) {
        const piece = part.subarray(from, from + PIECE_BYTES);
        const place = at;
        await writer.between(() => file.write(piece, place));
        at += piece.length;
      }
    await syncer.sync(file);
    sealed(segment, trailer, at);
    segment.replaced();
  }
}
