import type { Clock } from '@zerospan/shared';
import type { Revoked } from '../../../core/access/revocations.ts';

/** Most that are said again, and most of them at once: it is done once a second. */
const MOST = 10_000;
const AT_ONCE = 500;

/**
 * What is said to the other nodes again and again: any of it may be lost on the way, and a node that is out of reach
 * has to hear it when it is back. Where there are many, they take turns.
 */
export class Repeats {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  /** By the text of each; that which was said longest ago comes first. */
  readonly #all = new Map<string, { readonly what: Revoked; readonly untilMs: number }>();

  /** @param lifeMs how long each is said, unless it is removed before */
  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /** Answers false where another one is not said any more for it. */
  add(what: Revoked): boolean {
    const text = JSON.stringify(what);
    this.#all.delete(text);
    const [first] = this.#all.keys();
    const isFull = this.#all.size >= MOST && first !== undefined;
    if (isFull) this.#all.delete(first);
    this.#all.set(text, { what, untilMs: this.#clock.elapsed() + this.#lifeMs });
    return !isFull;
  }

  remove(what: Revoked): void {
    this.#all.delete(JSON.stringify(what));
  }

  /** Those whose turn it is. */
  next(): readonly Revoked[] {
    const nowMs = this.#clock.elapsed();
    const due = [...this.#all].slice(0, AT_ONCE);
    for (const [text, each] of due) {
      this.#all.delete(text);
      if (each.untilMs > nowMs) this.#all.set(text, each);
    }
    return due.filter(([, { untilMs }]) => untilMs > nowMs).map(([, { what }]) => what);
  }
}
