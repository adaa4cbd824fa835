import { firstWhere } from '../../core/log/first-where.ts';
import type { Placed } from '../../core/log/frame.ts';
import type { Channel } from './channel.ts';
import { type About, Held } from './held.ts';

/** Places to begin with, and below which it never shrinks. */
const LEAST = 1_024;

/** What a place's flags say. */
const IS_GAP = 1;
const REPUBLISHES = 2;

/**
 * The entries that the log holds, dense by offset, in columns: no object for any of them. Entries live for minutes, and
 * each object that lives so long is copied twice by the garbage collector, then marked, and freed cold; with one for
 * each entry that was a fifth of what a publication cost.
 */
export class Places {
  /** Offset of the oldest entry, or of the next one where there is none. */
  first = 1;
  length = 0;
  #times = new Float64Array(LEAST);
  /** When each was appended, by the log's `elapsed`. */
  #moments = new Float64Array(LEAST);
  #ats = new Uint32Array(LEAST);
  #bytes = new Uint32Array(LEAST);
  #nativeAts = new Uint32Array(LEAST);
  #flags = new Uint8Array(LEAST);
  #memories: (Buffer | undefined)[] = new Array(LEAST).fill(undefined);
  #channels: (Channel | undefined)[] = new Array(LEAST).fill(undefined);
  #mask = LEAST - 1;

  /** Adds the next entry. @param atMs when it is appended, by the log's `elapsed` */
  push(
    { kind, time, republish }: About,
    { memory, at, bytes, nativeAt }: Placed,
    channel: Channel,
    atMs: number,
  ): void {
    if (this.length > this.#mask) this.#resize(this.length * 2);
    const slot = (this.first + this.length++) & this.#mask;
    this.#times[slot] = time;
    this.#moments[slot] = atMs;
    this.#ats[slot] = at;
    this.#bytes[slot] = bytes;
    this.#nativeAts[slot] = nativeAt;
    this.#flags[slot] = (kind === 'gap' ? IS_GAP : 0) | (republish ? REPUBLISHES : 0);
    this.#memories[slot] = memory;
    this.#channels[slot] = channel;
  }

  /** Lets go of the oldest entry. */
  shift(): void {
    const slot = this.first & this.#mask;
    this.#memories[slot] = undefined;
    this.#channels[slot] = undefined;
    this.first++;
    this.length--;
    // A burst must not leave its places behind for good.
    if (this.#mask >= LEAST && this.length * 4 <= this.#mask) this.#resize((this.#mask + 1) / 2);
  }

  has(offset: number): boolean {
    return offset >= this.first && offset < this.first + this.length;
  }

  // Of an entry that is held.

  at(offset: number): Held {
    const slot = offset & this.#mask;
    const flags = this.#flags[slot] as number;
    return new Held(
      {
        kind: flags & IS_GAP ? 'gap' : 'publication',
        offset,
        time: this.#times[slot] as number,
        channel: (this.#channels[slot] as Channel).name,
        republish: (flags & REPUBLISHES) !== 0,
      },
      {
        memory: this.#memories[slot] as Buffer,
        at: this.#ats[slot] as number,
        bytes: this.#bytes[slot] as number,
        nativeAt: this.#nativeAts[slot] as number,
      },
    );
  }

  momentAt(offset: number): number {
    return this.#moments[offset & this.#mask] as number;
  }

  bytesAt(offset: number): number {
    return this.#bytes[offset & this.#mask] as number;
  }

  channelAt(offset: number): Channel {
    return this.#channels[offset & this.#mask] as Channel;
  }

  isGapAt(offset: number): boolean {
    return ((this.#flags[offset & this.#mask] as number) & IS_GAP) !== 0;
  }

  /** Offset of the first entry of a moment or later; that of the next one if there is none. */
  firstFrom(elapsedMs: number): number {
    const { first } = this;
    return first + firstWhere(0, this.length, (place) => this.momentAt(first + place) >= elapsedMs);
  }

  #resize(size: number): void {
    const mask = size - 1;
    const moved = <T extends { [slot: number]: unknown }>(from: T, to: T): T => {
      for (let offset = this.first; offset < this.first + this.length; offset++)
        to[offset & mask] = from[offset & this.#mask];
      return to;
    };
    this.#times = moved(this.#times, new Float64Array(size));
    this.#moments = moved(this.#moments, new Float64Array(size));
    this.#ats = moved(this.#ats, new Uint32Array(size));
    this.#bytes = moved(this.#bytes, new Uint32Array(size));
    this.#nativeAts = moved(this.#nativeAts, new Uint32Array(size));
    this.#flags = moved(this.#flags, new Uint8Array(size));
    this.#memories = moved(this.#memories, new Array(size).fill(undefined));
    this.#channels = moved(this.#channels, new Array(size).fill(undefined));
    this.#mask = mask;
  }
}
