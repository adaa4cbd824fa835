import { Bucket, type Clock, type Rate } from '@zerospan/shared';
import { firstWhere } from '../log/first-where.ts';
import { FadingMap } from './fading-map.ts';

/** A bucket that several sources have together. */
export interface SharedBucket {
  readonly bucket: Bucket;
  /** A source has ended; behind the last one, the next that comes begins with what is left in it. */
  leave(): void;
}

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

  /** By rate key, of those that several sources have together, and how many do. */
  readonly #shared = new Map<string, { readonly bucket: Bucket; sources: number }>();

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

  /**
   * The bucket of one of several sources that have one together: parallel requests of a user bring no burst each.
   */
  share(rateKey: string): SharedBucket {
    const shared = this.#shared.get(rateKey) ?? { bucket: this.take(rateKey), sources: 0 };
    this.#shared.set(rateKey, shared);
    shared.sources++;
    let hasLeft = false;
    return {
      bucket: shared.bucket,
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        if (--shared.sources > 0) return;
        this.#shared.delete(rateKey);
        this.leave(rateKey, shared.bucket);
      },
    };
  }

  #isFull(bucket: Bucket | undefined): boolean {
    return bucket === undefined || bucket.left >= this.#rate.burst;
  }
}

/** The first place of a bucket with less than this. */
function placeOf(buckets: readonly Bucket[], left: number): number {
  return firstWhere(0, buckets.length, (at) => (buckets[at] as Bucket).left < left);
}
