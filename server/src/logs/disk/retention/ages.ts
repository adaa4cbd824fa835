import type { Clock } from '@zerospan/shared';
import type { Segment } from '../segments/segment.ts';

interface Seen {
  readonly time: number;
  readonly atMs: number;
}

/**
 * How old segments are. A clock that is set must not drop what is new, nor keep what is old: so the time of day counts
 * once, when a segment is seen first; and there a time that has not come yet counts as now.
 */
export class Ages {
  readonly #clock: Clock;
  /** By the offset before it, so that it stays when a segment is sealed. */
  readonly #seen = new Map<number, Seen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long ago the newest entry of a segment was written, in ms; 0 where it has none. */
  of(segment: Segment): number {
    if (segment.entries === 0) return 0;
    return this.#clock.elapsed() - this.see(segment).atMs;
  }

  /** Notes when its newest entry was written. Call it at once where one was. */
  see(segment: Segment): Seen {
    const { before, lastTime: time } = segment;
    const known = this.#seen.get(before);
    if (known?.time === time) return known;
    const seen = { time, atMs: this.#clock.elapsed() - Math.max(this.#clock.now() - time, 0) };
    this.#seen.set(before, seen);
    return seen;
  }

  forget({ before }: Segment): void {
    this.#seen.delete(before);
  }
}
