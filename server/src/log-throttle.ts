import type { Clock } from '@zerospan/shared';
import { FairShare } from './core/sharing/fair-share.ts';

/** Lines of one kind in one {@link SPAN_MS}; the others are counted, and the next line reports how many. */
const LINES = 5;
const SPAN_MS = 10_000;

/** How long the same line is not written again, in ms: a page that reconnects all day would fill the log with it. */
const SAME_MS = 60_000;

/** Most different lines that are remembered for that; the oldest are forgotten. */
const REMEMBERED = 64;

/** Says when the log may have another line of a kind that strangers can bring about. */
export class LogThrottle {
  readonly #clock: Clock;
  /** When each line was written, oldest first. */
  readonly #writtenMs = new Map<string, number>();
  /** Lines in the present span, which began then, and whose they are. */
  #lines = 0;
  #shares = new FairShare(LINES);
  #sinceMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param same what makes two lines the same one; undefined: each is another
   * @param source who brings the line about, where that is known: one source alone cannot hide the others' lines
   * @returns how many were suppressed since the last line, where another one may be written now; it counts as
   * written. undefined: not now
   */
  due(same?: string, source?: string): number | undefined {
    const nowMs = this.#clock.elapsed();
    if (this.#isFull(nowMs, source) || (same !== undefined && this.#isRepeated(same, nowMs))) {
      this.#suppressed++;
      return undefined;
    }
    this.#lines++;
    if (source !== undefined) this.#shares.take(source);
    if (same !== undefined) this.#remember(same, nowMs);
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }

  #isFull(nowMs: number, source: string | undefined): boolean {
    if (nowMs - this.#sinceMs >= SPAN_MS) {
      this.#sinceMs = nowMs;
      this.#lines = 0;
      this.#shares = new FairShare(LINES);
    }
    return this.#lines >= LINES || (source !== undefined && !this.#shares.hasRoom(source));
  }

  #isRepeated(same: string, nowMs: number): boolean {
    const writtenMs = this.#writtenMs.get(same);
    return writtenMs !== undefined && nowMs - writtenMs < SAME_MS;
  }

  #remember(same: string, nowMs: number): void {
    this.#writtenMs.delete(same);
    this.#writtenMs.set(same, nowMs);
    const [oldest] = this.#writtenMs.keys();
    if (this.#writtenMs.size > REMEMBERED && oldest !== undefined) this.#writtenMs.delete(oldest);
  }
}
