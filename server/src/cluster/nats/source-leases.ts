import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import type { Lease, LeaseHolder, SourceLeases } from '../../zeromq/ingress/source-leases.ts';
import { BucketLease } from './bucket-lease.ts';
import { type LeaseBucket, NatsLeaseBucket } from './lease-bucket.ts';

/** Leases on sources, as keys of one bucket: a key for each source, as nodes may have different ones. */
export class BucketLeases implements SourceLeases {
  readonly #bucket: LeaseBucket;
  readonly #clock: Clock;

  constructor(bucket: LeaseBucket, clock: Clock) {
    this.#bucket = bucket;
    this.#clock = clock;
  }

  hold(source: string, holder: LeaseHolder): Lease {
    return new BucketLease(this.#bucket, this.#clock, source, holder);
  }
}

/** Leases of the nodes of one bus, and their connection. */
export interface OpenSourceLeases {
  readonly leases: SourceLeases;
  readonly close: () => Promise<void>;
}

/** The bucket for the nodes that have one stream. */
export function bucketOf(stream: string): string {
  return `${stream}-leases`;
}

/**
 * Makes the bucket where there is none.
 * @param nats a connection of its own, which it closes: on that of the log a lease could wait behind packs
 */
export async function openSourceLeases(
  nats: NatsConnection,
  settings: { readonly stream: string; readonly replicas: number },
  clock: Clock,
): Promise<OpenSourceLeases> {
  try {
    const { stream, replicas } = settings;
    const bucket = await NatsLeaseBucket.open(nats, { name: bucketOf(stream), replicas, clock });
    return { leases: new BucketLeases(bucket, clock), close: () => nats.close() };
  } catch (error) {
    await nats.close();
    throw error;
  }
}
