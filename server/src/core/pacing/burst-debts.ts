import { Bucket, type Clock, type Rate } from '@zerospan/shared';
import { firstWhere } from '../log/first-where.ts';
import { FadingMap } from './fading-map.ts';

/**
 * Buckets that closed sessions left without all of their burst, until it would have come in again. The next session
 * of the same rate key begins with one of them: reconnecting would else be a way past the pace. The key is the subject
 * where there is one, because a client id costs nothing. Each bucket is handed on once, so that as many sessions as
 * there were have together what they had.
 */
export class BurstDebts {
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** The emptiest last. All fill at the same rate, so their order stays. */
  readonly #left = new FadingMap<Bucket[]>((buckets) => this.#isFull(buckets.at(-1)));

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Rate keys that something is known of. */
  get size(): number {
    return this.#left.size;
  }

  /** A session has ended with this bucket. */
  leave(rateKey: string, bucket: Bucket): void {
    this.#left.forget();
    if (this.#isFull(bucket)) return;
    const buckets = this.#left.get(rateKey) ?? [];
    buckets.splice(0, placeOf(buckets, this.#rate.burst));
    buckets.splice(placeOf(buckets, bucket.left), 0, bucket);
    this.#left.set(rateKey, buckets);
  }

  /** How much of its burst the next session of this key has. */
  leftOf(rateKey: string): number {
    return this.#left.get(rateKey)?.at(-1)?.left ?? this.#rate.burst;
  }

  /** The bucket of the next session. */
  take(rateKey: string): Bucket {
    const buckets = this.#left.get(rateKey);
    const bucket = buckets?.pop();
    if (buckets?.length === 0) this.#left.delete(rateKey);
    return bucket ?? new Bucket(this.#rate, this.#clock);
  }

  #isFull(bucket: Bucket | undefined): boolean {
    return bucket === undefined || bucket.left >= this.#rate.burst;
  }
}

/** The first place of a bucket with less than this. */
function placeOf(buckets: readonly Bucket[], left: number): number {
  return firstWhere(0, buckets.length, (at) => (buckets[at] as Bucket).left < left);
}
