import { firstWhere } from '../../../core/log/first-where.ts';
import type { Segment } from './segment.ts';

/** What the log consists of at one moment. It never changes: the next moment has another one. */
export interface View {
  /** Publications that outlive their segments, each the last of its channel; those above `droppedUpTo` do not count. */
  readonly lasts: Segment | undefined;
  /** Oldest first; the newest is the one that grows, if there is one. */
  readonly segments: readonly Segment[];
  /** Segments that were dropped and whose indexes are remembered, oldest first, without a break up to `segments`. */
  readonly dropped: readonly Segment[];
  /** Everything up to this offset was dropped. */
  readonly droppedUpTo: number;
  /** Of what was dropped up to this offset nothing is remembered; 0: of everything is. */
  readonly forgottenUpTo: number;
}

/** What a start found, oldest first. */
export type Found = Pick<View, 'lasts' | 'segments' | 'dropped' | 'forgottenUpTo'>;

/** All segments of a log, in order, and what is kept and remembered of those that were. */
export class Segments {
  #view: View;
  /** Of all but the newest ones, up to the first of these that has no footer yet. */
  #settledBytes = 0;
  #settled = 0;
  /** Where each segment lies in the log as a whole, in bytes: no two packs have the same place. */
  readonly #positions = new WeakMap<Segment, number>();
  #lowest = 0;
  #highest = 0;

  /** @param droppedUpTo where there is no segment: offset of the newest entry that there was */
  constructor({ lasts, segments, dropped, forgottenUpTo }: Found, droppedUpTo = 0) {
    const from = segments[0]?.before ?? droppedUpTo;
    this.#view = { lasts, segments: [], dropped, droppedUpTo: from, forgottenUpTo };
    if (lasts) this.#placeBelow(lasts);
    for (const segment of segments) this.append(segment);
  }

  get view(): View {
    return this.#view;
  }

  get newest(): Segment | undefined {
    return this.#view.segments.at(-1);
  }

  /** Of all segments, without what is kept and remembered of others. */
  get bytes(): number {
    const { segments } = this.#view;
    for (let next = segments[this.#settled]; next?.isSealed; next = segments[this.#settled]) {
      this.#settledBytes += next.bytes;
      this.#settled++;
    }
    let bytes = this.#settledBytes;
    for (let i = this.#settled; i < segments.length; i++) bytes += (segments[i] as Segment).bytes;
    return bytes;
  }

  /** Appends the next segment; nothing is written to the one before it any more, but its footer. */
  append(segment: Segment): void {
    this.#highest += this.newest?.bytes ?? 0;
    this.#positions.set(segment, this.#highest);
    this.#view = { ...this.#view, segments: [...this.#view.segments, segment] };
  }

  /** A segment has its footer: from now on it is read as another object. */
  seal(segment: Segment, sealed: Segment): void {
    this.#positions.set(sealed, this.positionOf(segment));
    const segments = this.#view.segments.map((one) => (one === segment ? sealed : one));
    this.#view = { ...this.#view, segments };
  }

  /** Where a segment, or what is kept of others, lies in the log as a whole, in bytes; it may be negative. */
  positionOf(segment: Segment): number {
    return this.#positions.get(segment) ?? 0;
  }

  /**
   * Drops the oldest segments, all at once for those who read, and never the newest.
   * @param count how many
   * @param after what is kept and remembered of everything that was dropped
   */
  drop(count: number, after: Pick<View, 'lasts' | 'dropped' | 'forgottenUpTo'>): void {
    const { segments, droppedUpTo } = this.#view;
    const gone = segments.slice(0, Math.min(count, segments.length - 1));
    const left = segments.slice(gone.length);
    // Bytes of those that are settled are known up to there.
    for (const { bytes } of gone.slice(0, this.#settled)) this.#settledBytes -= bytes;
    this.#settled = Math.max(this.#settled - gone.length, 0);
    if (after.lasts && after.lasts !== this.#view.lasts) this.#placeBelow(after.lasts);
    this.#view = { ...after, segments: left, droppedUpTo: left[0]?.before ?? droppedUpTo };
  }

  #placeBelow(lasts: Segment): void {
    this.#lowest -= lasts.bytes;
    this.#positions.set(lasts, this.#lowest);
  }
}

/** The number of the first segment that has something above an offset; where none has, that behind the last. */
export function firstAbove(segments: readonly Segment[], offset: number): number {
  return firstWhere(0, segments.length, (i) => (segments[i] as Segment).last > offset);
}
