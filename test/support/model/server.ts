import { Hub } from '../../../server/src/core/hub.ts';
import type { Log } from '../../../server/src/core/log/log.ts';
import type { TailBounds } from '../../../server/src/core/log/tail.ts';
import { MemoryLog, type MemoryLogOptions } from '../../../server/src/logs/memory/index.ts';
import { LateLog } from '../late-log.ts';
import { Loop } from './loop.ts';
import { promises } from './promises.ts';
import type { Stored } from './stored.ts';

/** One entry of the log that was appended, as the ledger keeps it for ever. */
export interface Line {
  readonly epoch: string;
  readonly offset: number;
  readonly channel: string;
  readonly time: number;
  /** When it was written, and when it was handed over, by the log's `elapsed`. */
  readonly atMs: number;
  readonly seenMs: number;
  /** What was put; undefined for an upstream gap. */
  readonly text: string | undefined;
  /** How many publications it stands for: 1, or what an upstream gap reports; null: unknown. */
  readonly stands: number | null;
  /** A power loss took it, after it may have been handed over. */
  readonly isLost?: true;
  /** It was appended in the epoch before, and can still be read in this one. */
  readonly isOfBefore?: boolean;
}

export interface ServerOptions {
  readonly log: MemoryLogOptions;
  readonly tail: TailBounds;
  /** Whether appends and reads of its log complete only when the test releases them. */
  readonly late: boolean;
  /** What its log is kept by. Left out: memory. */
  readonly stored?: Stored | undefined;
}

/** A log for as long as it had one epoch. */
export type Life = Pick<Log, 'epoch' | 'head' | 'begins'>;

/** One life of the server, with an event loop that the test turns. */
export class ModelServer {
  readonly log: LateLog;
  readonly hub: Hub;
  /** Everything that this log was ever given, learned from the log itself. */
  readonly lines: Line[];
  /** The logs that it has had, one for each epoch. */
  readonly lives: Life[] = [];
  readonly #options: ServerOptions;
  readonly failures: unknown[] = [];
  readonly #loop: Loop;

  constructor(options: ServerOptions) {
    const { log, tail, late } = options;
    this.#options = options;
    const { stored } = options;
    this.log = stored ? new LateLog(stored.log, false) : new LateLog(new MemoryLog(log), late);
    this.log.saysSo = true;
    this.log.begins = this.log.inner.begins;
    this.lines = stored?.lines ?? [];
    this.#loop = stored?.loop ?? new Loop();
    if (stored) stored.turns.isLate = late;
    this.lives.push(this.log.inner);
    this.log.follow(({ kind, offset, time, channel, text, nativeAt }) => {
      const seenMs = this.log.elapsed();
      const atMs = seenMs - (log.clock.now() - time);
      const at = { epoch: this.log.epoch, offset, time, atMs, seenMs, channel };
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
      endOfTurn: this.#loop.endOfTurn,
      native: { nativeSubscriptions: () => 0 },
      tail,
      newId: () => `session-${++ids}`,
      onFailure: (error) => this.failures.push(error),
    });
  }

  /** The log is another one from now on, and the server runs on. */
  renew(epoch: string): void {
    const { stored, log } = this.#options;
    if (stored) {
      const { epoch: before, head, begins } = this.log;
      this.lives[this.lives.length - 1] = { epoch: before, head, begins };
      void stored.renew?.(epoch);
    } else this.log.restart(new MemoryLog({ ...log, epoch }));
    this.lives.push(this.log.inner);
  }

  /** Its log does one of the things that it was asked; says whether there were any. */
  logMoves(random: () => number): boolean {
    return this.log.move(random) || (this.#options.stored?.turns.move(random) ?? false);
  }

  /** From now on its log is late in nothing. */
  prompt(): void {
    this.log.prompt();
    this.#options.stored?.turns.prompt();
  }

  /** Its log is closed: all that it was given is safe. */
  async close(): Promise<void> {
    await this.#options.stored?.log.close();
  }

  get isAtRest(): boolean {
    return this.#loop.isAtRest;
  }

  append(channel: string, text: string): void {
    unasked(this.log.append({ channels: [channel], payload: Buffer.from(text), republish: false }));
  }

  /** Something was lost before it came. */
  lose(channel: string, missed: number | null): void {
    unasked(this.log.appendGap({ channels: [channel], missed }));
  }

  /** Ends one turn of the event loop; says whether there was anything to do. */
  turn(): Promise<boolean> {
    return this.#loop.turn();
  }

  /** Offsets that the log still holds. */
  async held(): Promise<Set<number>> {
    const filter = { channels: [], prefixes: ['', '$'] };
    const read = { after: 0, interests: [{ filter, after: 0 }], scan: 1e9, bytes: 1e12 };
    // It is late for those under test alone.
    this.#options.stored?.turns.prompt();
    let held: Set<number> | undefined;
    const reading = Promise.resolve(this.log.inner.read(read)).then(({ entries }) => {
      held = new Set(entries.map(({ offset }) => offset));
    });
    for (let turns = 0; !held && turns < 10_000; turns++) {
      await this.turn();
      await promises();
    }
    await reading;
    return held ?? new Set();
  }
}

/** Nobody waits for the answer: what another log took the place of is in no ledger. */
function unasked(answer: unknown): void {
  if (answer instanceof Promise) answer.catch(() => undefined);
}
