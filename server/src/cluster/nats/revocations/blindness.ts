import type { Clock } from '@zerospan/shared';

/** The least that counts as not having heard: a question and the next one may both come to nothing. */
const LEAST_MS = 3_000;

/**
 * A process that was not here for longer than `away` stood still: it has heard nothing, and may hear all of it now. It
 * has so long to ask, once until it is answered.
 */
const STILL_MS = { away: 2_500, ask: 2_500 } as const;

/**
 * Whether what others revoke has not been heard for too long. It is judged by the time alone, once a second: a question
 * under way may take as long as it likes.
 */
export class Blindness {
  readonly #clock: Clock;
  /** Undefined: it never is. */
  readonly #mostMs: number | undefined;
  readonly #begins: () => void;
  #heardMs: number;
  #judgedMs: number;
  /** After it stood still: not before that. */
  #sparedToMs: number | undefined;
  #isBlind = false;

  /**
   * @param mostMs how long it may not be heard; 0: any time
   * @param begins called when it goes blind
   */
  constructor(clock: Clock, mostMs: number, begins: () => void) {
    this.#clock = clock;
    this.#mostMs = mostMs > 0 ? Math.max(mostMs, LEAST_MS) : undefined;
    this.#begins = begins;
    this.#heardMs = clock.elapsed();
    this.#judgedMs = this.#heardMs;
  }

  get isBlind(): boolean {
    return this.#isBlind;
  }

  /** @param askedMs when that was asked which has been answered */
  heard(askedMs: number): void {
    this.#heardMs = Math.max(askedMs, this.#heardMs);
    this.#sparedToMs = undefined;
    this.judge();
  }

  /** To be called once a second at least. */
  judge(): void {
    const nowMs = this.#clock.elapsed();
    const stoodStill = nowMs - this.#judgedMs > STILL_MS.away;
    this.#judgedMs = nowMs;
    if (stoodStill) this.#sparedToMs ??= nowMs + STILL_MS.ask;
    const silentMs = nowMs - this.#heardMs;
    const isBlind = this.#mostMs !== undefined && silentMs >= this.#mostMs;
    if (isBlind === this.#isBlind) return;
    if (isBlind && nowMs < (this.#sparedToMs ?? nowMs)) return;
    this.#isBlind = isBlind;
    if (isBlind) this.#begins();
  }
}
