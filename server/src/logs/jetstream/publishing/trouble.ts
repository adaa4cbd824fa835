import type { Clock } from '@zerospan/shared';
import type { LogState } from '../../../core/log/log.ts';
import { TIMES } from '../options.ts';
import type { StreamFault } from '../stream.ts';

interface Why {
  readonly kind: 'away' | 'gone' | 'full' | 'rule';
  readonly reason: string;
}

/** Why the log takes nothing, and since when it has heard nothing of its stream. */
export class Trouble {
  readonly #clock: Clock;
  readonly #changed: (state: LogState) => void;
  #contactMs: number;
  #why: Why | undefined;

  /** @param changed called with the state when it is another one */
  constructor(clock: Clock, changed: (state: LogState) => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#contactMs = clock.elapsed();
  }

  get state(): LogState {
    if (!this.#why) return 'reachable';
    return this.#why.kind === 'full' ? 'full' : 'failed';
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
    if (this.#why && !this.isRejected) this.#set(undefined);
  }

  /** It has not. */
  noContact({ why, message }: StreamFault): void {
    if (why === 'gone') this.#set({ kind: 'gone', reason: `The log's stream is gone: ${message}.` });
    else if (this.silentMs >= TIMES.awayMs) this.gaveUp();
  }

  /** Nobody has answered for too long. */
  gaveUp(): void {
    const seconds = TIMES.awayMs / 1_000;
    this.#set({ kind: 'away', reason: `The log's NATS servers have not answered for ${seconds} s.` });
  }

  /** It has refused something that should have been taken. */
  rejected(why: 'full' | 'failed', reason: string): void {
    if (why === 'full') this.#set({ kind: 'full', reason: `The log's stream has no room: ${reason}.` });
    else this.#set({ kind: 'rule', reason: `The log's stream refuses what is appended: ${reason}.` });
  }

  /** It has taken something. */
  taken(): void {
    this.#set(undefined);
  }

  #set(why: Why | undefined): void {
    const before = this.state;
    this.#why = why;
    if (this.state !== before) this.#changed(this.state);
  }
}
