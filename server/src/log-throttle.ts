import type { Clock } from '@zerospan/shared';
import { FairShare } from './core/sharing/fair-share.ts';

/**
 * Lines in one {@link SPAN_MS}; the others are counted, and the next line reports how many. One source alone has five
 * of them, and every other one a line as long as there is room.
 */
const LINES = 7;

/** In ms. */
export const SPAN_MS = 10_000;

/** How long the same line is not written again, in ms: a page that reconnects all day would fill the log with it. */
const SAME_MS = 60_000;

/** Most different lines that are remembered for that; the oldest are forgotten. */
const REMEMBERED = 64;

/** Says when the log may have another line about something that strangers can bring about, as often as they like. */
export class LogThrottle {
  readonly #clock: Clock;
  readonly #linesMost: number;
  readonly #sameMs: number;
  /** When each line was written, oldest first. */
  readonly #writtenMs = new Map<string, number>();
  /** Whose the lines in the present span are, which began then. */
  #lines: FairShare;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  /**
   * One line of each kind in {@link SPAN_MS}, where `same` names the kind and the kinds are few and known: their number
   * is the bound.
   */
  static ofKinds(clock: Clock): LogThrottle {
    return new LogThrottle(clock, 0, SPAN_MS);
  }

  /**
   * @param linesMost lines in one {@link SPAN_MS}; 0: unlimited
   * @param sameMs how long the same line is not written again, in ms
   */
  constructor(clock: Clock, linesMost = LINES, sameMs = SAME_MS) {
    this.#clock = clock;
    this.#linesMost = linesMost;
    this.#sameMs = sameMs;
    this.#lines = new FairShare(linesMost);
  }

  /**
   * @param same what makes two lines the same one; undefined: each is another
   * @param source who brings the line about, where that is known: one source alone cannot hide the others' lines
   * @returns how many were suppressed since the last line, where another one may be written now; it counts as
   * written. undefined: not now
   */
  due(same?: string, source = ''): number | undefined {
    const nowMs = this.#clock.elapsed();
    if (this.#isFull(nowMs, source) || (same !== undefined && this.#isRepeated(same, nowMs))) {
      this.#suppressed++;
      return undefined;
    }
    this.#lines.take(source);
    if (same !== undefined) this.#remember(same, nowMs);
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }

  #isFull(nowMs: number, source: string): boolean {
    if (nowMs - this.#sinceMs >= SPAN_MS) {
      this.#sinceMs = nowMs;
      this.#lines = new FairShare(this.#linesMost);
    }
    return !this.#lines.hasRoom(source);
  }

  #isRepeated(same: string, nowMs: number): boolean {
    const writtenMs = this.#writtenMs.get(same);
    return writtenMs !== undefined && nowMs - writtenMs < this.#sameMs;
  }

  #remember(same: string, nowMs: number): void {
    this.#writtenMs.delete(same);
    this.#writtenMs.set(same, nowMs);
    const [oldest] = this.#writtenMs.keys();
    if (this.#writtenMs.size > REMEMBERED && oldest !== undefined) this.#writtenMs.delete(oldest);
  }
}
