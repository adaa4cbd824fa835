import { Hub } from '../../../server/src/core/hub.ts';
import type { Log } from '../../../server/src/core/log/log.ts';
import type { TailBounds } from '../../../server/src/core/log/tail.ts';
import { MemoryLog, type MemoryLogOptions } from '../../../server/src/logs/memory/index.ts';
import { LateLog } from '../late-log.ts';
import type { Stored } from './stored.ts';

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
  /** How many publications it stands for: 1, or what an upstream gap reports; null: unknown. */
  readonly stands: number | null;
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
export type Life = Pick<Log, 'epoch' | 'head'>;

/** One life of the server, with an event loop that the test turns. */
export class ModelServer {
  readonly log: LateLog;
  readonly hub: Hub;
  /** Everything that this log was ever given, learned from the log itself. */
  readonly lines: Line[] = [];
  /** The logs that it has had, one for each epoch. */
  readonly lives: Life[] = [];
  readonly #options: ServerOptions;
  readonly failures: unknown[] = [];
  #due: (() => void)[] = [];

  constructor(options: ServerOptions) {
    const { log, tail, late } = options;
    this.#options = options;
    const { stored } = options;
    this.log = stored ? new LateLog(stored.log, false) : new LateLog(new MemoryLog(log), late);
    this.log.saysSo = true;
    if (stored) stored.turns.isLate = late;
    this.lives.push(this.log.inner);
    this.log.follow(({ kind, offset, time, channel, text, nativeAt }) => {
      const at = { epoch: this.log.epoch, offset, time, atMs: this.log.elapsed(), channel };
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

  /** The log is another one from now on, and the server runs on. */
  renew(epoch: string): void {
    const { stored, log } = this.#options;
    if (stored) {
      const { epoch: before, head } = this.log;
      this.lives[this.lives.length - 1] = { epoch: before, head };
      void stored.store.renew(epoch);
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

  get isAtRest(): boolean {
    return this.#due.length === 0;
  }

  append(channel: string, text: string): void {
    unasked(this.log.append({ channels: [channel], payload: Buffer.from(text), republish: false }));
  }

  /** Something was lost before it came. */
  lose(channel: string, missed: number | null): void {
    unasked(this.log.appendGap({ channels: [channel], missed }));
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
    const read = { after: 0, interests: [{ filter, after: 0 }], scan: 1e9, bytes: 1e12 };
    // It is late for those under test alone.
    this.#options.stored?.turns.prompt();
    const { entries } = await this.log.inner.read(read);
    return new Set(entries.map(({ offset }) => offset));
  }
}

/** Lets all promises run that only wait for each other, as Node does after each thing it calls. */
export async function promises(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Nobody waits for the answer: what another log took the place of is in no ledger. */
function unasked(answer: unknown): void {
  if (answer instanceof Promise) answer.catch(() => undefined);
}
