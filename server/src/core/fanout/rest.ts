/**
 * After its work fan-out rests `times` as long as it worked, and `mostMs` at most: it takes a quarter of the event loop
 * as long as a flush takes less than three ms. What comes meanwhile leaves with the next flush, in one write a socket,
 * and writes are what costs. Where little is to be done there is hardly any rest, so a quiet bus is as prompt as
 * without.
 */
const REST = { times: 3, mostMs: 8 } as const;

/** How long fan-out leaves sockets alone between two flushes: in proportion to what a flush takes. */
export class Rest {
  #workedMs = 0;
  #untilMs = 0;

  /** How much of it is left, in ms; none while a flush is only interrupted. */
  leftMs(nowMs: number): number {
    return this.#workedMs > 0 ? 0 : Math.max(this.#untilMs - nowMs, 0);
  }

  /**
   * A flush, or a part of one, has taken from `beganMs` to `nowMs`.
   * @param isDone whether nothing of it is left for the next turn
   */
  worked(beganMs: number, nowMs: number, isDone: boolean): void {
    this.#workedMs += nowMs - beganMs;
    if (!isDone) return;
    this.#untilMs = nowMs + Math.min(this.#workedMs * REST.times, REST.mostMs);
    this.#workedMs = 0;
  }
}
