import type { Clock } from '@zerospan/shared';
import { type HeldKey, LEASE_MS, type LeaseBucket } from '../../../server/src/cluster/nats/lease-bucket.ts';

/** What is asked to go wrong with the next `put`: `lost-answer` is written all the same. */
export type PutFault = 'lost' | 'lost-answer' | 'false-refusal';

/** A server with a bucket in memory. */
export class MemoryBucketServer {
  readonly #clock: Clock;
  readonly #held = new Map<string, HeldKey & { readonly writtenMs: number }>();
  readonly faults: PutFault[] = [];
  #revision = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A client of it. */
  client(): MemoryBucket {
    return new MemoryBucket(this);
  }

  put(key: string, value: string, after: number): number | undefined {
    const fault = this.faults.shift();
    if (fault === 'lost') throw new Error('no answer');
    if ((this.get(key)?.revision ?? 0) !== after) return undefined;
    const revision = ++this.#revision;
    this.#held.set(key, { revision, value, writtenMs: this.#clock.elapsed() });
    if (fault === 'lost-answer') throw new Error('no answer');
    return fault === 'false-refusal' ? undefined : revision;
  }

  get(key: string): HeldKey | undefined {
    const held = this.#held.get(key);
    return held && this.#clock.elapsed() - held.writtenMs < LEASE_MS ? held : undefined;
  }

  remove(revision: number): void {
    for (const [key, held] of this.#held) if (held.revision === revision) this.#held.delete(key);
  }
}

export class MemoryBucket implements LeaseBucket {
  readonly #server: MemoryBucketServer;
  /** Nothing is answered. */
  isAway = false;

  constructor(server: MemoryBucketServer) {
    this.#server = server;
  }

  put(key: string, value: string, after: number): Promise<number | undefined> {
    return this.#ask(() => this.#server.put(key, value, after));
  }

  get(key: string): Promise<HeldKey | undefined> {
    return this.#ask(() => this.#server.get(key));
  }

  remove(revision: number): Promise<void> {
    return this.#ask(() => this.#server.remove(revision));
  }

  async #ask<T>(answer: () => T): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isAway) throw new Error('no answer');
    return answer();
  }
}
