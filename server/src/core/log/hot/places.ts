import { firstWhere } from '../first-where.ts';
import type { Placed } from '../text.ts';
import type { Channel } from './channel.ts';
import { type About, Held } from './held.ts';

/** Places to begin with, and below which it never shrinks. */
const LEAST = 1_024;

/** What a place's flags say. */
const IS_GAP = 1;
const REPUBLISHES = 2;

/**
 * The entries that the log holds, in the order of their offsets, in columns: no object for any of them. Entries live
 * for minutes, and each object that lives so long is copied twice by the garbage collector, then marked, and freed
 * cold; with one for each entry that was a fifth of what a publication cost.
 *
 * Each entry has a place, one above that of the entry before. Offsets may leave numbers out.
 */
export class Places {
  length = 0;
  /** Place of the oldest entry, or of the next one where there is none. */
  first = 0;
  #offsets = new Float64Array(LEAST);
  #times = new Float64Array(LEAST);
  /** When each was appended, by the log's `elapsed`. */
  #moments = new Float64Array(LEAST);
  #ats = new Uint32Array(LEAST);
  #textBytes = new Uint32Array(LEAST);
  #nativeAts = new Uint32Array(LEAST);
  #flags = new Uint8Array(LEAST);
  #memories: (Buffer | undefined)[] = new Array(LEAST).fill(undefined);
  #channels: (Channel | undefined)[] = new Array(LEAST).fill(undefined);
  #mask = LEAST - 1;

  /** The place of the next entry. */
  get end(): number {
    return this.first + this.length;
  }

  /** Adds the next entry. @param atMs when it is appended, by the log's `elapsed` */
  push(
    { kind, offset, time, republish }: About,
    { memory, at, textBytes, nativeAt }: Placed,
    channel: Channel,
    atMs: number,
  ): void {
    if (this.length > this.#mask) this.#resize(this.length * 2);
    const slot = (this.first + this.length++) & this.#mask;
    this.#offsets[slot] = offset;
    this.#times[slot] = time;
    this.#moments[slot] = atMs;
    this.#ats[slot] = at;
    this.#textBytes[slot] = textBytes;
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

  /** The place of the entry with an offset; undefined when it is not held. */
  find(offset: number): number | undefined {
    const place = this.firstAbove(offset) - 1;
    return place >= this.first && this.offsetAt(place) === offset ? place : undefined;
  }

  /** The place of the first entry above an offset; `end` when there is none. */
  firstAbove(offset: number): number {
    const { first, end } = this;
    if (this.length === 0 || offset < this.offsetAt(first)) return first;
    // Offsets grow by at least one a place: where none was left out, this is the place.
    const most = first + (offset - this.offsetAt(first)) + 1;
    if (most <= end && this.offsetAt(most - 1) === offset) return most;
    return first + firstWhere(0, Math.min(most, end) - first, (i) => this.offsetAt(first + i) > offset);
  }

  // Of the entry at a place.

  at(place: number): Held {
    const slot = place & this.#mask;
    const flags = this.#flags[slot] as number;
    return new Held(
      {
        kind: flags & IS_GAP ? 'gap' : 'publication',
        offset: this.#offsets[slot] as number,
        time: this.#times[slot] as number,
        channel: (this.#channels[slot] as Channel).name,
        republish: (flags & REPUBLISHES) !== 0,
      },
      {
        memory: this.#memories[slot] as Buffer,
        at: this.#ats[slot] as number,
        textBytes: this.#textBytes[slot] as number,
        nativeAt: this.#nativeAts[slot] as number,
      },
    );
  }

  offsetAt(place: number): number {
    return this.#offsets[place & this.#mask] as number;
  }

  momentAt(place: number): number {
    return this.#moments[place & this.#mask] as number;
  }

  timeAt(place: number): number {
    return this.#times[place & this.#mask] as number;
  }

  bytesAt(place: number): number {
    return this.#textBytes[place & this.#mask] as number;
  }

  channelAt(place: number): Channel {
    return this.#channels[place & this.#mask] as Channel;
  }

  isGapAt(place: number): boolean {
    return ((this.#flags[place & this.#mask] as number) & IS_GAP) !== 0;
  }

  /** Place of the first entry of a moment or later; `end` if there is none. */
  firstFrom(elapsedMs: number): number {
    const { first } = this;
    return first + firstWhere(0, this.length, (i) => this.momentAt(first + i) >= elapsedMs);
  }

  /** Place of the first entry of a time or later, by the entries' own times; `end` if there is none. */
  firstAt(timeMs: number): number {
    const { first } = this;
    return first + firstWhere(0, this.length, (i) => this.timeAt(first + i) >= timeMs);
  }

  #resize(size: number): void {
    const mask = size - 1;
    const moved = <T extends { [slot: number]: unknown }>(from: T, to: T): T => {
      for (let place = this.first; place < this.end; place++) to[place & mask] = from[place & this.#mask];
      return to;
    };
    this.#offsets = moved(this.#offsets, new Float64Array(size));
    this.#times = moved(this.#times, new Float64Array(size));
    this.#moments = moved(this.#moments, new Float64Array(size));
    this.#ats = moved(this.#ats, new Uint32Array(size));
    this.#textBytes = moved(this.#textBytes, new Uint32Array(size));
    this.#nativeAts = moved(this.#nativeAts, new Uint32Array(size));
    this.#flags = moved(this.#flags, new Uint8Array(size));
    this.#memories = moved(this.#memories, new Array(size).fill(undefined));
    this.#channels = moved(this.#channels, new Array(size).fill(undefined));
    this.#mask = mask;
  }
}
