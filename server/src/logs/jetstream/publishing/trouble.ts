import type { Clock } from '@zerospan/shared';
import type { LogState, StateChange } from '../../../core/log/log.ts';
import { TIMES } from '../options.ts';
import { StreamFault } from '../stream.ts';

interface Why {
  readonly kind: 'away' | 'gone' | 'full' | 'rule';
  readonly reason: string;
}

/** This many ticks without an answer between them, and the stream is away. */
const SILENT_TICKS = TIMES.silentMs / TIMES.tickMs;

/** Why the log takes nothing, and since when it has heard nothing of its stream. */
export class Trouble {
  readonly #clock: Clock;
  readonly #changed: (change: StateChange) => void;
  #contactMs: number;
  #why: Why | undefined;
  /**
   * Ticks since the last answer. They are counted, and the time is not read: a process that stood still has heard
   * nothing either, and what the servers have said meanwhile waits to be read.
   */
  #ticks = 0;
  #callOff: () => void = () => undefined;

  /** @param changed called when the state is another one */
  constructor(clock: Clock, changed: (change: StateChange) => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#contactMs = clock.elapsed();
  }

  /** Measures the silence from now on. */
  start(): void {
    this.#callOff = this.#clock.later(TIMES.tickMs, () => {
      this.#become(this.#why, this.#ticks + 1);
      this.start();
    });
  }

  stop(): void {
    this.#callOff();
  }

  get state(): LogState {
    if (!this.#why) return this.#isSilent ? 'away' : 'reachable';
    // Appends are refused as before, and nobody can say any more that room is all that is missing.
    return this.#why.kind === 'full' && !this.#isSilent ? 'full' : 'failed';
  }

  /** Undefined: it takes what is appended. */
  get reason(): string | undefined {
    return this.#why?.reason;
  }

  /** The stream has refused a pack: another one has to be tried before it is known that it takes any. */
  get isRejected(): boolean {
    return this.#why?.kind === 'full' || this.#why?.kind === 'rule';
  }

  get silentMs(): number {
    return this.#clock.elapsed() - this.#contactMs;
  }

  /** The stream has answered. */
  contact(): void {
    this.#contactMs = this.#clock.elapsed();
    this.#become(this.isRejected ? this.#why : undefined, 0);
  }

  /** It has not. */
  noContact({ why, message }: StreamFault): void {
    if (why === 'gone') this.#become({ kind: 'gone', reason: `The log's stream is gone: ${message}.` });
    else if (this.silentMs >= TIMES.awayMs) this.gaveUp();
  }

  /** Nobody has answered for too long. */
  gaveUp(): void {
    const seconds = TIMES.awayMs / 1_000;
    this.#become({ kind: 'away', reason: `The log's NATS servers have not answered for ${seconds} s.` });
  }

  /** It has refused something that should have been taken. */
  rejected(why: 'full' | 'failed', reason: string): void {
    if (why === 'full') this.#become({ kind: 'full', reason: `The log's stream has no room: ${reason}.` });
    else this.#become({ kind: 'rule', reason: `The log's stream refuses what is appended: ${reason}.` });
  }

  /** Does something with the stream that may fail, and is tried again. */
  async guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof StreamFault) this.noContact(error);
      else this.rejected('failed', (error as Error).message);
    }
  }

  /** It has taken something. */
  taken(): void {
    this.#become(undefined);
  }

  get #isSilent(): boolean {
    return this.#ticks >= SILENT_TICKS;
  }

  #become(why: Why | undefined, ticks = this.#ticks): void {
    const before = this.state;
    this.#why = why;
    this.#ticks = ticks;
    const { state } = this;
    if (state === before) return;
    this.#changed({ kind: 'state', state, ...(this.#isSilent && { sinceMs: this.#contactMs }) });
  }
}
