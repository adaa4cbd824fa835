import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  StorageType,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { Clock } from '@zerospan/shared';
import { answered } from '../../logs/jetstream/nats/configure.ts';
import { ANSWER_MS } from '../../logs/jetstream/nats/faults.ts';

/** What is not written again for so long is gone: servers of version 2.9 know ages of buckets, and not of keys. */
export const LEASE_MS = 3_000;

/** Longer, and what is written would not be written again in time. */
const WRITE_MS = 700;

/** What is held under a key. */
export interface HeldKey {
  /** Higher with each that is written to the bucket. */
  readonly revision: number;
  readonly value: string;
}

/**
 * PORT: keys that are gone 3 s after they were written.
 *
 * - `put` MUST write only where the key is held with the revision `after`; 0: where it is not held. It answers the new
 *   revision, or undefined where it has not written. It MUST reject where nobody knows.
 * - `get` MUST ask the server that decides. `remove` MUST leave a key alone that has another revision.
 */
export interface LeaseBucket {
  put(key: string, value: string, after: number): Promise<number | undefined>;
  get(key: string): Promise<HeldKey | undefined>;
  remove(revision: number): Promise<void>;
}

export interface BucketSettings {
  /** As a bucket of NATS' own key-value stores: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly replicas: number;
  readonly clock: Clock;
}

/** A bucket on real servers. It is laid out as those of NATS' own key-value stores, so that its tools show it. */
export class NatsLeaseBucket implements LeaseBucket {
  readonly #streams: JetStreamManager['streams'];
  readonly #client: JetStreamClient;
  readonly #name: string;

  /**
   * Makes it where there is none.
   * @throws StreamStartFault
   */
  static async open(
    nats: NatsConnection,
    { name, replicas, clock }: BucketSettings,
  ): Promise<NatsLeaseBucket> {
    const { streams } = await jetstreamManager(nats, { timeout: ANSWER_MS, checkAPI: false });
    const pause = (): Promise<void> => new Promise((resolve) => void clock.later(ANSWER_MS, resolve));
    const ageNanos = nanos(LEASE_MS);
    const changeable = { num_replicas: replicas, max_age: ageNanos, duplicate_window: ageNanos };
    const fixed = { subjects: [subjectOf(name, '>')], max_msgs_per_subject: 1, storage: StorageType.File };
    await answered(async () => {
      try {
        await streams.add({ name: streamOf(name), ...fixed, ...changeable });
      } catch (error) {
        // It is there, and was made with other settings.
        if (!(error instanceof JetStreamApiError) || error.code !== NAME_IN_USE) throw error;
        await streams.update(streamOf(name), changeable);
      }
    }, pause);
    const manager = await jetstreamManager(nats, { timeout: WRITE_MS, checkAPI: false });
    return new NatsLeaseBucket(manager.streams, jetstream(nats, { timeout: WRITE_MS }), name);
  }

  private constructor(streams: JetStreamManager['streams'], client: JetStreamClient, name: string) {
    this.#streams = streams;
    this.#client = client;
    this.#name = name;
  }

  async put(key: string, value: string, after: number): Promise<number | undefined> {
    const expect = { streamName: streamOf(this.#name), lastSubjectSequence: after };
    try {
      const { seq } = await this.#client.publish(subjectOf(this.#name, key), value, { expect });
      return seq;
    } catch (error) {
      if (error instanceof JetStreamApiError && OTHER_LAST.has(error.code)) return undefined;
      throw error;
    }
  }

  async get(key: string): Promise<HeldKey | undefined> {
    const subject = subjectOf(this.#name, key);
    const message = await this.#streams.getMessage(streamOf(this.#name), { last_by_subj: subject });
    return message ? { revision: message.seq, value: message.string() } : undefined;
  }

  async remove(revision: number): Promise<void> {
    await this.#streams.deleteMessage(streamOf(this.#name), revision, false);
  }
}

/** A stream of that name has another configuration. */
const NAME_IN_USE = 10_058;

/** Servers have said the second one of what they had written: behind either, what is held is asked for. */
const OTHER_LAST: ReadonlySet<number> = new Set([
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
]);

function streamOf(bucket: string): string {
  return `KV_${bucket}`;
}

function subjectOf(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}
