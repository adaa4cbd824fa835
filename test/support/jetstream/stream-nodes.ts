import type {
  OpenedStore,
  Scan,
  StoreChange,
  Stored,
  StoreRecord,
} from '../../../server/src/core/log/store.ts';
import { JetStreamStore } from '../../../server/src/logs/jetstream/jetstream-store.ts';
import type { StreamLogOptions, StreamNotice } from '../../../server/src/logs/jetstream/options.ts';
import { ManualClock } from '../manual-clock.ts';
import { FakeServer } from './fake-server.ts';
import { FakeStream } from './fake-stream.ts';
import { smallStream } from './small-stream.ts';

/** What became of an append. */
export type Answer =
  | { readonly offset: number; readonly time: number; readonly again?: true }
  | { readonly code: string; readonly message: string };

/** One node, and everything that its log above would hear. */
export class StreamNode {
  readonly store: JetStreamStore;
  readonly stream: FakeStream;
  readonly written: Stored[] = [];
  readonly changes: StoreChange[] = [];
  readonly drops: number[] = [];
  readonly notices: StreamNotice[];
  /** In the order in which they came: what was written, and what changed. */
  readonly heard: string[] = [];
  readonly #answers = new Map<StoreRecord, Answer>();
  readonly #clock: ManualClock;

  constructor(stream: FakeStream, options: StreamLogOptions, notices: StreamNotice[], clock: ManualClock) {
    this.stream = stream;
    this.store = new JetStreamStore(options);
    this.notices = notices;
    this.#clock = clock;
  }

  open(): Promise<OpenedStore> {
    return this.store.open({
      written: (stored) => {
        this.written.push(stored);
        this.heard.push(textOf(stored.record));
      },
      appended: (record, { offset, time, again }) =>
        this.#answer(record, { offset, time, ...(again && { again }) }),
      failed: (record, error) => {
        const { code = 'none', message } = error as Partial<{ code: string }> & Error;
        this.#answer(record, { code, message });
      },
      droppedUpTo: (offset) => void this.drops.push(offset),
      changed: (change) => {
        this.changes.push(change);
        this.heard.push(change.kind === 'state' ? change.state : change.epoch);
      },
    });
  }

  append(record: StoreRecord): StoreRecord {
    this.store.append(record, this.#clock.now());
    return record;
  }

  /** What became of an append; undefined: nothing yet. */
  answerTo(record: StoreRecord): Answer | undefined {
    return this.#answers.get(record);
  }

  get texts(): string[] {
    return this.written.map(({ record }) => textOf(record));
  }

  /** The texts of all that a scan answers. */
  async scanned(more: Partial<Scan> = {}): Promise<string[]> {
    const { entries } = await this.store.scan({ ...EVERYTHING, ...more });
    return entries.map(({ payload }) => Buffer.from(payload).toString());
  }

  /** The same, with each gap in its place. */
  async story(more: Partial<Scan> = {}): Promise<string[]> {
    const { entries } = await this.store.scan({ ...EVERYTHING, ...more });
    return entries.map(({ kind, payload }) => (kind === 'gap' ? 'gap' : Buffer.from(payload).toString()));
  }

  #answer(record: StoreRecord, answer: Answer): void {
    if (this.#answers.has(record)) throw new Error(`answered twice: ${textOf(record)}`);
    this.#answers.set(record, answer);
  }
}

export const EVERYTHING: Scan = {
  order: 'forwards',
  after: 0,
  upTo: Number.MAX_SAFE_INTEGER,
  filter: { channels: [], prefixes: ['', '$'] },
  entries: 100_000,
  bytes: 1e9,
  dropped: [],
};

/** A server in memory, its clock, and nodes on it. */
export class StreamNodes {
  readonly clock = new ManualClock();
  readonly server = new FakeServer(this.clock);

  node(more: Partial<StreamLogOptions> = {}): StreamNode {
    const stream = new FakeStream(this.server);
    const notices: StreamNotice[] = [];
    const onNotice = (notice: StreamNotice): void => void notices.push(notice);
    const options = { ...smallStream(stream, this.clock, { lasts: 0 }), onNotice, ...more };
    return new StreamNode(stream, options, notices, this.clock);
  }

  async opened(more: Partial<StreamLogOptions> = {}): Promise<StreamNode> {
    const node = this.node(more);
    await node.open();
    return node;
  }

  /** Lets time pass until something holds. */
  async until(what: string, holds: () => unknown, mostMs = 60_000): Promise<void> {
    for (let ms = 0; !holds(); ms += 25) {
      if (ms > mostMs) throw new Error(`${what}: not within ${mostMs} ms of the test's clock`);
      await this.turns();
      if (!holds()) this.clock.advance(25);
    }
  }

  /** Lets everything happen that needs no time. */
  async turns(count = 20): Promise<void> {
    for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

export function putOf(
  text: string,
  key?: { id: number; fingerprint?: string },
  channels = ['a'],
): StoreRecord {
  return {
    kind: 'put',
    channels,
    payload: Buffer.from(text),
    republish: true,
    user: 'alice',
    key: key && { client: 'c', fingerprint: `${'A'.repeat(27)}=`, isMobile: false, ...key },
  };
}

function textOf(record: StoreRecord): string {
  return record.kind === 'gap' ? 'gap' : Buffer.from(record.payload).toString();
}
