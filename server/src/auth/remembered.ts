import type { Clock } from '@zerospan/shared';

export interface RememberedOptions {
  readonly clock: Clock;
  /** Most names at a time. */
  readonly most: number;
  /** How long each is remembered, in ms, counted from the last time that it was added. */
  readonly lifeMs: number;
}

/** Names that are remembered for a while, and a bounded number of them. */
export class Remembered {
  readonly #options: RememberedOptions;
  /** When each may be forgotten. The oldest come first. */
  readonly #until = new Map<string, number>();

  constructor(options: RememberedOptions) {
    this.#options = options;
  }

  /** How many are kept; of those that may be forgotten, some may still be among them. */
  get size(): number {
    return this.#until.size;
  }

  has(name: string): boolean {
    return (this.#until.get(name) ?? Number.NEGATIVE_INFINITY) > this.#options.clock.now();
  }

  /** Answers false, and remembers nothing, when there is no room. */
  add(name: string): boolean {
    const { clock, most, lifeMs } = this.#options;
    this.#forget();
    // Anew at the end, where the newest are.
    const known = this.#until.delete(name);
    if (!known && this.#until.size >= most) return false;
    this.#until.set(name, clock.now() + lifeMs);
    return true;
  }

  #forget(): void {
    const nowMs = this.#options.clock.now();
    for (const [name, untilMs] of this.#until) {
      if (untilMs > nowMs) break;
      this.#until.delete(name);
    }
  }
}
