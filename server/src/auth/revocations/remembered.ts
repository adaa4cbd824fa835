import type { Clock } from '@zerospan/shared';

export interface RememberedOptions {
  readonly clock: Clock;
  /** Most names at a time. */
  readonly most: number;
  /** How long each is remembered, in ms, counted from the last time that it was added: by either clock. */
  readonly lifeMs: number;
}

/**
 * When something may be forgotten: once both clocks say so. Tokens end by the one that may be set, so that one set back
 * must not let a revocation go before the tokens; nor may one set forward, and back again.
 */
export interface Until {
  readonly nowMs: number;
  readonly elapsedMs: number;
}

/** Names that are remembered for a while, and a bounded number of them. */
export class Remembered {
  readonly #options: RememberedOptions;
  /** When each may be forgotten. The oldest come first. */
  readonly #until = new Map<string, Until>();

  constructor(options: RememberedOptions) {
    this.#options = options;
  }

  /** How many are kept; of those that may be forgotten, some may still be among them. */
  get size(): number {
    return this.#until.size;
  }

  has(name: string): boolean {
    const until = this.#until.get(name);
    return until !== undefined && !this.#isOver(until);
  }

  /** Answers false, and remembers nothing, when there is no room. */
  add(name: string): boolean {
    const { clock, most, lifeMs } = this.#options;
    this.#forget();
    // Deleted first, so that it is inserted at the end, where the newest are.
    const known = this.#until.delete(name);
    if (!known && this.#until.size >= most) return false;
    this.#until.set(name, { nowMs: clock.now() + lifeMs, elapsedMs: clock.elapsed() + lifeMs });
    return true;
  }

  /** What is remembered and when it may be forgotten, the oldest first: it may change while it is walked. */
  *entries(): Iterable<readonly [name: string, until: Until]> {
    for (const each of this.#until) if (!this.#isOver(each[1])) yield each;
  }

  /** Remembers a name from before; nothing where that is over, or there is no room. The oldest are to come first. */
  restore(name: string, until: Until): void {
    if (this.#isOver(until) || this.#until.size >= this.#options.most) return;
    this.#until.set(name, until);
  }

  #forget(): void {
    for (const [name, until] of this.#until) {
      if (!this.#isOver(until)) break;
      this.#until.delete(name);
    }
  }

  #isOver({ nowMs, elapsedMs }: Until): boolean {
    const { clock } = this.#options;
    return nowMs <= clock.now() && elapsedMs <= clock.elapsed();
  }
}
