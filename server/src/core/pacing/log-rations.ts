import { Bucket, type Clock, type Limits, type Rate } from '@zerospan/shared';
import type { AccessBounds } from '../access/bounds.ts';
import { FadingMap } from './fading-map.ts';

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

interface Ration {
  readonly bucket: Bucket;
  /** Puts that wait for their bytes, in the order in which they came. */
  readonly waiting: Set<Waiting>;
  callOff: (() => void) | undefined;
}

/**
 * How many bytes of the log each user may put: a bucket for each, over all its connections, because more connections
 * must not bring more. Nothing is refused: a put waits until all of its bytes are there, so that no user ever takes
 * more than the burst and what came in.
 */
export class LogRations {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  /** Of users that lack something. */
  readonly #all = new FadingMap<Ration>(
    ({ bucket, waiting }) => waiting.size === 0 && bucket.left >= this.#rate.burst,
  );

  /**
   * @param rate 0 a second: unlimited
   * @param onFailure called with what a put that goes on throws: those that wait behind it go on all the same
   */
  constructor(rate: Rate, clock: Clock, onFailure: (error: unknown) => void) {
    this.#rate = rate;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** Users that something is known of. */
  get size(): number {
    return this.#all.size;
  }

  get burst(): number {
    return this.#rate.burst;
  }

  /** How many bytes a user may put now; below 0 where puts wait for more. */
  leftOf(user: string): number {
    const ration = this.#all.get(user);
    if (!ration) return this.#rate.burst;
    let { left } = ration.bucket;
    for (const { bytes } of ration.waiting) left -= bytes;
    return left;
  }

  /**
   * Takes bytes, the burst at most.
   * @param go called when they are taken, unless they are there at once
   * @returns undefined where they were there; else what calls it off
   */
  take(user: string, bytes: number, go: () => void): (() => void) | undefined {
    if (this.#rate.perS === 0) return undefined;
    this.#all.forget();
    const ration = this.#of(user);
    if (ration.waiting.size === 0 && ration.bucket.has(bytes)) {
      ration.bucket.take(bytes);
      return undefined;
    }
    const waiting = { bytes, go };
    ration.waiting.add(waiting);
    this.#wait(ration);
    return () => this.#callOff(ration, waiting);
  }

  #of(user: string): Ration {
    const ration = this.#all.get(user) ?? {
      bucket: new Bucket(this.#rate, this.#clock),
      waiting: new Set<Waiting>(),
      callOff: undefined,
    };
    this.#all.set(user, ration);
    return ration;
  }

  /** The others wait no longer for its bytes: the timer is set again where it was the first. */
  #callOff(ration: Ration, waiting: Waiting): void {
    const [first] = ration.waiting;
    ration.waiting.delete(waiting);
    if (first !== waiting) return;
    ration.callOff?.();
    ration.callOff = undefined;
    this.#wait(ration);
  }

  /** Lets those go whose bytes are there, and waits for the others. */
  #wait(ration: Ration): void {
    if (ration.callOff) return;
    const [first] = ration.waiting;
    if (!first) return;
    ration.callOff = this.#clock.later(ration.bucket.waitMs(first.bytes), () => {
      ration.callOff = undefined;
      for (const next of ration.waiting) {
        if (!ration.bucket.has(next.bytes)) break;
        ration.bucket.take(next.bytes);
        ration.waiting.delete(next);
        try {
          next.go();
        } catch (error) {
          this.#onFailure(error);
        }
      }
      this.#wait(ration);
    });
  }
}

/** What one put may take is there at some time: it would wait for ever. */
export function rationsOf(
  { putBytesPerS: perS, putBurstBytes }: AccessBounds,
  { putBytes }: Limits,
  clock: Clock,
  onFailure: (error: unknown) => void,
): LogRations {
  return new LogRations({ perS, burst: Math.max(putBurstBytes, putBytes) }, clock, onFailure);
}
