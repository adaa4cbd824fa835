import type { Clock } from '@zerospan/shared';
import type { Scan, Scanned } from '../../../core/log/store.ts';
import { sequenceOf } from '../places.ts';
import { type Stream, StreamFault } from '../stream.ts';
import { firstOfTime, offsetBelow } from './find-time.ts';
import { DroppedMeanwhile, scanStream, type View } from './scanning.ts';

/** How often a scan begins again, because what it was about to read was dropped. */
const SCANS_MOST = 5;

/** A position above the head is waited for this long. */
const CATCH_UP_MS = 2_000;
const UNKNOWN = 'it is not known in time whether the stream has given a position';

export interface ReadingParts {
  readonly stream: Pick<Stream, 'fetch' | 'next' | 'info'>;
  readonly clock: Clock;
  /** What can be read, as of now. */
  readonly view: () => View;
  /** Resolves when it is known what the stream has dropped. */
  readonly check: () => Promise<void>;
  /** Resolves when another message has come. */
  readonly next: () => Promise<void>;
  /** Resolves when all that has come is reported. */
  readonly reported: () => Promise<void>;
}

/** Reads a log on a stream: see the port `Store`. */
export class Reading {
  readonly #parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  async scan(scan: Scan): Promise<Scanned> {
    const { stream, view, check } = this.#parts;
    for (let tries = 0; tries < SCANS_MOST; tries++) {
      try {
        return await scanStream(stream, view(), scan);
      } catch (error) {
        if (!(error instanceof DroppedMeanwhile)) throw error;
        await check();
      }
    }
    throw new StreamFault('away', 'the stream drops faster than it can be read');
  }

  /** An offset below every entry of a time or later. @param time in ms since 1970 */
  async offsetBefore(time: number): Promise<number> {
    const { stream, view } = this.#parts;
    const { first, arrivals } = view();
    const { noted, head, stamps } = arrivals;
    const known = noted.before(time, head);
    if (known !== undefined) return known;
    const last = sequenceOf(noted.from);
    return offsetBelow(await firstOfTime(stream, stamps, time, { first, last }), first);
  }

  /**
   * Resolves when everything up to an offset has come, if others have given it. Rejects where nobody answers within two
   * seconds, or it does not come: a position that is only not known would be taken for one that was never given.
   */
  catchUp(offset: number): Promise<void> {
    const { clock } = this.#parts;
    const untilMs = clock.elapsed() + CATCH_UP_MS;
    return new Promise((resolve, reject) => {
      const cancel = clock.later(CATCH_UP_MS, () => reject(new StreamFault('away', UNKNOWN)));
      this.#caughtUp(sequenceOf(offset), untilMs).finally(cancel).then(resolve, reject);
    });
  }

  async #caughtUp(sequence: number, untilMs: number): Promise<void> {
    const { clock, stream, view, check, next, reported } = this.#parts;
    // It may have gone back: then the epoch is another one before this is answered.
    await check();
    const { last } = await stream.info();
    while (last >= sequence && view().last < sequence && clock.elapsed() < untilMs) await next();
    if (last >= sequence && view().last < sequence) throw new StreamFault('away', UNKNOWN);
    await reported();
  }
}
