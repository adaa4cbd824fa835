import { type Clock, EVERY_CHANNEL, ZerospanError } from '@zerospan/shared';
import type { Append, Log, Taker } from '../../core/log/log.ts';
import type { Asked, Intake } from '../../zeromq/ports.ts';

/** Channels whose losses are counted apart; with more, one gap stands for every channel. */
export const REJECTED_CHANNELS = 4_096;

/** How often it is tried to report what was lost, where no message comes. */
const RETRY_MS = 1_000;

/** A message on its way to the log, and who handed it over. */
interface Handed extends Append {
  readonly channel: string;
  readonly asked: Asked;
}

/**
 * Hands what comes from ZeroMQ to the log. What the log rejects because it fails is lost, as nobody sends it again: it
 * is counted, and reported as upstream gaps before the next message, or as soon as the log takes something again: a
 * source may be silent for hours.
 */
export class LogIntake implements Intake {
  readonly #log: Log;
  readonly #clock: Clock;
  /** By channel, how many were lost since the last report; null: not known. Made when needed. */
  #lost: Map<string, number | null> | undefined;
  #isReporting = false;
  /** One for all messages: an object or a promise for each is much of what it costs. */
  readonly #taker: Taker<Handed> = {
    taken: ({ asked, payload }) => asked.answered(payload.byteLength),
    failed: ({ asked, payload, channel }, error) => {
      this.#notTaken(channel, error);
      asked.answered(payload.byteLength, error);
    },
  };
  /** Calls the next attempt off. */
  #callOff: (() => void) | undefined;
  #isStopped = false;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Channels of which something was lost and is not reported yet. */
  get unreported(): number {
    return this.#lost?.size ?? 0;
  }

  take(
    channel: string,
    payload: Uint8Array,
    republish: boolean,
    origin: string | undefined,
    asked: Asked,
    fence?: number,
  ): boolean {
    if (this.#lost) this.#report(this.#lost);
    const entry: Handed = { channel, channels: [channel], payload, republish, origin, fence, asked };
    try {
      return this.#log.take(entry, this.#taker);
    } catch (error) {
      this.#notTaken(channel, error);
      throw error;
    }
  }

  lost(channels: readonly string[] | 'every', missed: number | null): Promise<unknown> | undefined {
    const all = channels === 'every' ? [EVERY_CHANNEL] : channels;
    const notTaken = (error: unknown): never => {
      for (const channel of all) this.#count(channel, missed);
      throw error;
    };
    try {
      const appended = this.#log.appendGap({ channels: all, missed });
      return appended instanceof Promise ? appended.catch(notTaken) : undefined;
    } catch (error) {
      return notTaken(error);
    }
  }

  /** Reports nothing any more unless a message comes. */
  stop(): void {
    this.#isStopped = true;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  /** Counts a message that the log has rejected, if that is a loss. */
  #notTaken(channel: string, error: unknown): void {
    if (!(error instanceof ZerospanError) || error.code === 'log-failed') this.#count(channel, 1);
    // It may have been appended.
    else if (error.code === 'outcome-unknown') this.#count(channel, null);
  }

  #report(lost: ReadonlyMap<string, number | null>): void {
    // While the log fails, this fails as well: once at a time is enough.
    if (this.#isReporting) return;
    this.#lost = undefined;
    this.#isReporting = true;
    const reports = [...lost].map(async ([channel, missed]) => {
      try {
        await this.#log.appendGap({ channels: [channel], missed });
      } catch {
        this.#count(channel, missed);
      }
    });
    void Promise.all(reports).then(() => {
      this.#isReporting = false;
    });
  }

  /** A log that says that it fails is not asked: there may be thousands of reports. */
  #retryLater(): void {
    if (this.#isStopped) return;
    this.#callOff ??= this.#clock.later(RETRY_MS, () => {
      this.#callOff = undefined;
      if (!this.#lost) return;
      if (this.#log.state === 'reachable') this.#report(this.#lost);
      if (this.#lost) this.#retryLater();
    });
  }

  #count(channel: string, missed: number | null): void {
    this.#lost ??= new Map();
    const lost = this.#lost;
    const isApart = lost.has(channel) || (lost.size < REJECTED_CHANNELS && !lost.has(EVERY_CHANNEL));
    const before = isApart ? lost.get(channel) : [...lost.values()].reduce(sum, 0);
    const now = sum(before === undefined ? 0 : before, missed);
    if (isApart) lost.set(channel, now);
    else this.#lost = new Map([[EVERY_CHANNEL, now]]);
    this.#retryLater();
  }
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
