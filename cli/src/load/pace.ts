/** How often it is looked what is due, in ms. */
const TICK_MS = 1;

/** More than this of what is due is left out when the process was held up for long: it would come as one burst. */
const LATE_MOST_MS = 1_000;

/**
 * Does something at a steady rate: as often as is due by the clock, so that a late timer does more and the rate holds.
 */
export class Pace {
  readonly #act: () => void;
  #rate = 0;
  #due = 0;
  #beforeMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(act: () => void) {
    this.#act = act;
  }

  /** @param rate times a second; 0 pauses */
  start(rate: number): void {
    this.stop();
    this.#rate = rate;
    this.#due = 0;
    this.#beforeMs = performance.now();
    if (rate > 0) this.#tick();
  }

  /** May be called by what it does. */
  stop(): void {
    this.#rate = 0;
    this.#due = 0;
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#due += (Math.min(nowMs - this.#beforeMs, LATE_MOST_MS) / 1_000) * this.#rate;
    this.#beforeMs = nowMs;
    for (; this.#due >= 1; this.#due--) this.#act();
    if (this.#rate > 0) this.#timer = setTimeout(() => this.#tick(), TICK_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
