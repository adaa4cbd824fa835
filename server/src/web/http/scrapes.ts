import type { Clock } from '@zerospan/shared';

/** How long an answer is given again to others than this machine, in ms. */
export const KEPT_MS = 1_000;

/** Rendering rests 3 times as long as it took, as fan-out does: scrapes take a quarter of the time at most. */
export const REST = 3;

/** Longest rest, in ms. */
const MOST_REST_MS = 1_000;

interface Rendered {
  readonly text: Promise<string>;
  readonly atMs: number;
}

/**
 * Renders the metrics, which visits every session, once for all clients that wait for them. A client that may read them
 * must not block the event loop, neither with many requests at a time nor with one after the other.
 */
export class Scrapes {
  readonly #clock: Clock;
  readonly #render: () => Promise<string>;
  #last: Rendered | undefined;
  #next: Promise<string> | undefined;
  /** The one that is under way, if any. */
  #running: Promise<unknown> = Promise.resolve();
  #isRunning = false;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, render: () => Promise<string>) {
    this.#clock = clock;
    this.#render = render;
  }

  /** What is true when it is rendered, which begins after the call. */
  fresh(): Promise<string> {
    if (!this.#isRunning && this.#restMs === 0) return this.#begin();
    this.#next ??= this.#later();
    return this.#next;
  }

  /** What was true at most {@link KEPT_MS} ago. */
  recent(): Promise<string> {
    const isRecent = this.#last && this.#clock.elapsed() - this.#last.atMs < KEPT_MS;
    return this.#last && isRecent ? this.#last.text : this.fresh();
  }

  get #restMs(): number {
    return Math.max(this.#restUntilMs - this.#clock.elapsed(), 0);
  }

  async #later(): Promise<string> {
    await this.#running;
    const restMs = this.#restMs;
    if (restMs > 0) await new Promise<void>((resolve) => this.#clock.later(restMs, resolve));
    this.#next = undefined;
    return this.#begin();
  }

  #begin(): Promise<string> {
    const atMs = this.#clock.elapsed();
    this.#isRunning = true;
    const text = this.#render().finally(() => {
      this.#isRunning = false;
      const endMs = this.#clock.elapsed();
      this.#restUntilMs = endMs + Math.min(REST * (endMs - atMs), MOST_REST_MS);
    });
    this.#last = { text, atMs };
    this.#running = text.catch(() => {});
    return text;
  }
}
