import type { Clock } from '@zerospan/shared';
import { TIMES } from '../options.ts';

/** Checks something once a second, and whenever there is a reason to: never twice at the same time. */
export class Watch {
  readonly #clock: Clock;
  readonly #check: () => Promise<void>;
  #chain: Promise<unknown> = Promise.resolve();
  /** A check that has not begun. */
  #queued: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  /** @param check must not reject */
  constructor(clock: Clock, check: () => Promise<void>) {
    this.#clock = clock;
    this.#check = check;
  }

  /** Whether there is a reason to check again behind the check that is under way. */
  get isQueued(): boolean {
    return this.#queued !== undefined;
  }

  start(): void {
    this.#cancel = this.#clock.later(TIMES.checkMs, () => {
      void this.now().then(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  soon(): void {
    void this.now();
  }

  /** Resolves when a check is done that began after this call. */
  now(): Promise<void> {
    this.#queued ??= this.between(() => {
      this.#queued = undefined;
      return this.#isStopped ? Promise.resolve() : this.#check();
    });
    return this.#queued;
  }

  /** Does something while nothing is checked. */
  between(action: () => Promise<void>): Promise<void> {
    const done = this.#chain.then(action);
    this.#chain = done.catch(() => undefined);
    return done;
  }

  /** Resolves when no check is under way, and none will be. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#chain;
  }
}
