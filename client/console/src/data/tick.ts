import { type ReadonlySignal, signal } from '@preact/signals';

/**
 * What is drawn from plain arrays is drawn again once a frame, however much has changed in them: a signal for each
 * message would cost more than the message.
 */
export class Tick {
  readonly #count = signal(0);
  readonly #restMs: number;
  #isDue = false;
  #lastMs = 0;

  /** @param restMs at least this long between two ticks; 0: a tick each frame */
  constructor(restMs = 0) {
    this.#restMs = restMs;
  }

  /** To be read by what draws. */
  get count(): ReadonlySignal<number> {
    return this.#count;
  }

  /** Something has changed. A lone change is drawn in the next frame. */
  changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const ask = () => requestAnimationFrame(() => this.#now());
    const waitMs = this.#lastMs + this.#restMs - performance.now();
    if (waitMs > 0) setTimeout(ask, waitMs);
    else ask();
  }

  #now(): void {
    this.#isDue = false;
    this.#lastMs = performance.now();
    this.#count.value += 1;
  }
}
