import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '@zerospan/shared';
import type { Lease, LeaseHolder } from '../../zeromq/ingress/source-leases.ts';
import { LEASE_MS, type LeaseBucket } from './lease-bucket.ts';

/** Counted from before a key was written, it is held for so long: less than the bucket holds it. */
const HELD_MS = LEASE_MS - 500;
/** What is held is written again after this: there is time for a second try. */
const RENEW_MS = 600;
/** What another node holds is tried again after this. */
const TRY_MS = 300;

/**
 * A lease on one source: a key of a bucket, which one node writes again and again. A node that finds it gone takes its
 * place.
 */
export class BucketLease implements Lease {
  readonly #bucket: LeaseBucket;
  readonly #clock: Clock;
  readonly #holder: LeaseHolder;
  readonly #key: string;
  /** Nobody else writes the same. */
  readonly #value: string;
  /** Of the key as this node wrote it last; 0: it is not there, or another node's. */
  #revision = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  #isTaken = false;
  #isOver = false;
  #cancel: () => void = () => undefined;
  #cancelEnd: () => void = () => undefined;
  #asking: Promise<void> = Promise.resolve();

  constructor(bucket: LeaseBucket, clock: Clock, source: string, holder: LeaseHolder) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#holder = holder;
    this.#key = createHash('sha256').update(source).digest('hex').slice(0, 32);
    this.#value = JSON.stringify({ source, holder: randomUUID() });
    this.#later(0);
  }

  get isMine(): boolean {
    return !this.#isOver && this.#clock.elapsed() < this.#untilMs;
  }

  async release(): Promise<void> {
    this.#isOver = true;
    this.#cancel();
    this.#cancelEnd();
    // What is under way may still write it.
    await this.#asking;
    if (this.#revision === 0) return;
    // It goes by itself where nobody answers.
    await this.#bucket.remove(this.#revision).catch(() => undefined);
  }

  #later(delayMs: number): void {
    this.#cancel = this.#clock.later(delayMs, () => {
      this.#asking = this.#turn();
    });
  }

  async #turn(): Promise<void> {
    // Where nobody knows whether it was written, the next try finds out.
    const nextMs = await this.#write().catch(() => TRY_MS);
    if (!this.#isOver) this.#later(nextMs);
  }

  /** Answers how soon it is to be tried again. */
  async #write(): Promise<number> {
    const beganMs = this.#clock.elapsed();
    const revision = await this.#bucket.put(this.#key, this.#value, this.#revision);
    if (revision !== undefined) {
      this.#revision = revision;
      this.#hold(beganMs + HELD_MS);
      return RENEW_MS;
    }
    const held = await this.#bucket.get(this.#key);
    const isOurs = held?.value === this.#value;
    const wasOurs = this.#revision !== 0;
    this.#revision = isOurs ? held.revision : 0;
    // It is another node's, or has gone: nothing of it is to be waited for.
    if (!isOurs && wasOurs) this.#end();
    // An answer of before was lost, or the key has gone unnoticed.
    return isOurs || (wasOurs && !held) ? 0 : TRY_MS;
  }

  #hold(untilMs: number): void {
    if (this.#isOver) return;
    // Its time was over before it was renewed, and what came then was not taken: it begins again, with a gap.
    if (!this.isMine) this.#end();
    this.#untilMs = untilMs;
    this.#cancelEnd();
    this.#cancelEnd = this.#clock.later(untilMs - this.#clock.elapsed(), () => this.#end());
    if (this.#isTaken || !this.isMine) return;
    this.#isTaken = true;
    this.#holder.taken();
  }

  #end(): void {
    this.#cancelEnd();
    this.#untilMs = Number.NEGATIVE_INFINITY;
    if (!this.#isTaken || this.#isOver) return;
    this.#isTaken = false;
    this.#holder.lost();
  }
}
