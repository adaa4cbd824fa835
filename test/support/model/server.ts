import { Hub } from '../../../server/src/core/hub.ts';
import type {
  Append,
  Appended,
  AppendGap,
  Chunk,
  Entry,
  Log,
  Read,
  Want,
} from '../../../server/src/core/log/log.ts';
import type { TailBounds } from '../../../server/src/core/log/tail.ts';
import { MemoryLog, type MemoryLogOptions } from '../../../server/src/logs/memory/index.ts';

/** One entry of the log that was appended, as the ledger keeps it for ever. */
export interface Line {
  readonly epoch: string;
  readonly offset: number;
  readonly channel: string;
  readonly time: number;
  /** When it was appended, by the log's `elapsed`. */
  readonly atMs: number;
  /** What was put; undefined for an upstream gap. */
  readonly text: string | undefined;
  /** How many publications it stands for: 1, or what an upstream gap tells of; null: nobody knows. */
  readonly stands: number | null;
}

/** The log in memory, which answers when it is told to, as a log on a disk or on another machine would. */
class WaitingLog implements Log {
  readonly inner: MemoryLog;
  waits: boolean;
  readonly #answers: (() => void)[] = [];

  constructor(inner: MemoryLog, waits: boolean) {
    this.inner = inner;
    this.waits = waits;
  }

  get epoch(): string {
    return this.inner.epoch;
  }

  get head(): number {
    return this.inner.head;
  }

  get oldest(): number {
    return this.inner.oldest;
  }

  now(): number {
    return this.inner.now();
  }

  elapsed(): number {
    return this.inner.elapsed();
  }

  append(entry: Append): Promise<Appended> {
    return this.#later(answered(() => this.inner.append(entry)));
  }

  appendGap(gap: AppendGap): Promise<Appended> {
    return this.#later(answered(() => this.inner.appendGap(gap)));
  }

  read<W extends Want>(read: Read<W>): Promise<Chunk<W>> {
    return this.#later(this.inner.read(read));
  }

  offsetBefore(elapsedMs: number): Promise<number> {
    return this.#later(this.inner.offsetBefore(elapsedMs));
  }

  follow(listener: (entry: Entry) => void): () => void {
    return this.inner.follow(listener);
  }

  /** Gives the oldest answer; says whether there was one. */
  answer(): boolean {
    const answer = this.#answers.shift();
    answer?.();
    return answer !== undefined;
  }

  async #later<T>(answer: Promise<T>): Promise<T> {
    if (!this.waits) return answer;
    // Asked now and answered later: what it says may be old by then.
    void answer.catch(() => undefined);
    await new Promise<void>((resolve) => this.#answers.push(resolve));
    return answer;
  }
}

export interface ServerOptions {
  readonly log: MemoryLogOptions;
  readonly tail: TailBounds;
  readonly logWaits: boolean;
}

/** One life of the server, with an event loop that the test turns. */
export class ModelServer {
  readonly log: WaitingLog;
  readonly hub: Hub;
  /** Everything that this log was ever given, learned from the log itself. */
  readonly lines: Line[] = [];
  readonly failures: unknown[] = [];
  #due: (() => void)[] = [];

  constructor({ log, tail, logWaits }: ServerOptions) {
    this.log = new WaitingLog(new MemoryLog(log), logWaits);
    const { epoch } = this.log;
    this.log.follow(({ kind, offset, time, channel, text, nativeAt }) => {
      const at = { epoch, offset, time, atMs: this.log.elapsed(), channel };
      if (kind === 'gap') {
        const { gap } = JSON.parse(text.toString()) as { gap: { missed: number | null } };
        this.lines.push({ ...at, text: undefined, stands: gap.missed });
      } else {
        const payload = text.toString('utf8', nativeAt + Buffer.byteLength(channel) + 1);
        this.lines.push({ ...at, text: payload, stands: 1 });
      }
    });
    let ids = 0;
    this.hub = new Hub({
      log: this.log,
      clock: log.clock,
      endOfTurn: (action) => this.#due.push(action),
      native: { nativeSubscriptions: () => 0 },
      tail,
      newId: () => `session-${++ids}`,
      onFailure: (error) => this.failures.push(error),
    });
  }

  get isAtRest(): boolean {
    return this.#due.length === 0;
  }

  append(channel: string, text: string): void {
    void this.log.inner.append({ channels: [channel], payload: Buffer.from(text), republish: false });
  }

  /** Something was lost before it came. */
  lose(channel: string, missed: number | null): void {
    void this.log.inner.appendGap({ channels: [channel], missed });
  }

  /** Ends one turn of the event loop; says whether there was anything to do. */
  async turn(): Promise<boolean> {
    const due = this.#due.splice(0);
    for (const action of due) {
      action();
      await promises();
    }
    return due.length > 0;
  }

  /** Offsets that the log still holds. */
  async held(): Promise<Set<number>> {
    const filter = { channels: [], prefixes: ['', '$'] };
    const read = { after: 0, wants: [{ filter, after: 0 }], scan: 1e9, bytes: 1e12 };
    const { entries } = await this.log.inner.read(read);
    return new Set(entries.map(({ offset }) => offset));
  }
}

/** Lets all promises run that only wait for each other, as Node does after each thing it calls. */
export async function promises(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** What a log answers or throws at once, as one that takes its time would answer it. */
async function answered<T>(append: () => T | Promise<T>): Promise<T> {
  return append();
}
