import { systemClock } from '@zerospan/shared';
import { expect } from 'vitest';
import type { StoreChange, Stored, StoreRecord } from '../../../server/src/core/log/store.ts';
import { JetStreamStore } from '../../../server/src/logs/jetstream/jetstream-store.ts';
import { connectStream } from '../../../server/src/logs/jetstream/nats/connect.ts';
import { subjectsOf } from '../../../server/src/logs/jetstream/places.ts';
import { until } from '../until.ts';
import type { NatsServer } from './nats-server.ts';
import { EVERYTHING, putOf } from './stream-nodes.ts';

let count = 0;

/** A log on a stream of real servers, and everything that the log above it would hear. */
export class RealNode {
  readonly store: JetStreamStore;
  readonly texts: string[] = [];
  readonly written: Stored[] = [];
  readonly changes: StoreChange[] = [];
  readonly answers = new Map<StoreRecord, unknown>();
  epoch = '';

  static async open(servers: readonly NatsServer[], replicas = 1): Promise<RealNode> {
    const stream = await connectStream({
      nats: { servers: servers.map(({ address }) => address), credentials: undefined, tls: undefined },
      stream: { name: 'log', subjects: 'log.>', replicas, bytes: 100_000_000, ageMs: 0 },
      clock: systemClock,
      putBytesMost: 300_000,
      onChange: () => undefined,
    });
    const node = new RealNode(
      new JetStreamStore({
        stream,
        subjects: subjectsOf('log'),
        incarnation: `node${++count}`,
        clock: systemClock,
        endOfTurn: (action) => void setImmediate(action),
        bytes: 100_000_000,
        ageMs: 0,
        lastBytes: 0,
        onNotice: () => undefined,
      }),
    );
    await node.#open();
    return node;
  }

  private constructor(store: JetStreamStore) {
    this.store = store;
  }

  append(text: string): StoreRecord {
    const record = putOf(text);
    this.store.append(record, systemClock.now());
    return record;
  }

  async appended(text: string): Promise<void> {
    const record = this.append(text);
    await until(`an answer to ${text}`, () => this.answers.has(record));
    expect(this.answers.get(record)).toHaveProperty('offset');
  }

  get epochs(): StoreChange[] {
    return this.changes.filter(({ kind }) => kind === 'epoch');
  }

  async scanned(): Promise<string[]> {
    const { entries } = await this.store.scan(EVERYTHING);
    return entries.map(({ payload }) => Buffer.from(payload).toString());
  }

  async #open(): Promise<void> {
    const { epoch } = await this.store.open({
      written: (stored) => {
        this.written.push(stored);
        if (stored.record.kind === 'put') this.texts.push(Buffer.from(stored.record.payload).toString());
      },
      appended: (record, place) => void this.answers.set(record, place),
      failed: (record, error) => void this.answers.set(record, error),
      droppedUpTo: () => undefined,
      changed: (change) => void this.changes.push(change),
    });
    this.epoch = epoch;
  }
}
