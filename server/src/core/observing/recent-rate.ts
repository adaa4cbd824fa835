import type { KnownChannel, KnownChannels } from './known-channels.ts';

/** Rates are of this time. */
const WINDOW_MS = 10_000;

/** Where memory holds less than that, of this time at least: one publication is no thousand a second. */
const LEAST_MS = 1_000;

/** How often channels had publications lately, by what memory holds of them. */
export class RecentRate {
  readonly #above: number;
  readonly #seconds: number;

  /** @param nowMs by the log's `elapsed` */
  constructor(known: Pick<KnownChannels, 'from' | 'oldestMs' | 'offsetBefore'>, nowMs: number) {
    const { from, oldestMs } = known;
    const before = known.offsetBefore(nowMs - WINDOW_MS);
    this.#above = Math.max(before, from);
    const heldMs = before >= from || oldestMs === undefined ? WINDOW_MS : nowMs - oldestMs;
    this.#seconds = Math.min(Math.max(heldMs, LEAST_MS), WINDOW_MS) / 1_000;
  }

  countOf(channel: KnownChannel): number {
    return channel.countAbove(this.#above);
  }

  /** Publications a second. @param count by {@link countOf}, of one channel or of several */
  perS(count: number): number {
    return Math.round((count * 100) / this.#seconds) / 100;
  }
}
