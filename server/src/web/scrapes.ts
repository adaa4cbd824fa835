import type { Clock } from '@zerospan/shared';

/**
 * How long an answer is given again to others than this machine, in ms. A scrape visits every session: a client
 * must not hold the event loop by it.
 */
export const KEPT_MS = 1_000;

/** Of each second, this share may go to the scrapes of this machine; beyond it they too are given the last answer. */
export const SHARE = 0.1;

/** That share of so many seconds may be spent at once. */
export const BURST_S = 5;

interface Rendered {
  readonly text: Promise<string>;
  readonly atMs: number;
}

/** Renders the metrics no more often than they may cost, and never twice at a time. */
export class Scrapes {
  readonly #clock: Clock;
  readonly #render: () => Promise<string>;
  #last: Rendered | undefined;
  #isRendering = false;
  /** How long rendering may take before it has to rest, in ms. */
  #allowanceMs = SHARE * BURST_S * 1_000;
  #countedMs: number;

  constructor(clock: Clock, render: () => Promise<string>) {
    this.#clock = clock;
    this.#render = render;
    this.#countedMs = clock.elapsed();
  }

  /** What is true now, or where scrapes have cost too much lately, what was a moment ago. */
  fresh(): Promise<string> {
    this.#refill();
    if (this.#last && (this.#isRendering || this.#allowanceMs <= 0)) return this.#last.text;
    return this.#rendered();
  }

  /** What was true at most {@link KEPT_MS} ago. */
  recent(): Promise<string> {
    const sinceMs = this.#clock.elapsed() - (this.#last?.atMs ?? Number.NEGATIVE_INFINITY);
    return this.#last && sinceMs < KEPT_MS ? this.#last.text : this.#rendered();
  }

  #rendered(): Promise<string> {
    const atMs = this.#clock.elapsed();
    this.#isRendering = true;
    const text = this.#render().finally(() => {
      this.#isRendering = false;
      this.#allowanceMs -= this.#clock.elapsed() - atMs;
    });
    this.#last = { text, atMs };
    return text;
  }

  #refill(): void {
    const nowMs = this.#clock.elapsed();
    const sinceMs = nowMs - this.#countedMs;
    this.#countedMs = nowMs;
    this.#allowanceMs = Math.min(SHARE * BURST_S * 1_000, this.#allowanceMs + SHARE * sinceMs);
  }
}
