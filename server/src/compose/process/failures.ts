import { type Clock, systemClock } from '@zerospan/shared';
import type { FailedPart } from '../../core/reports.ts';
import { LogThrottle } from '../../log-throttle.ts';
import type { LogReports } from '../bus-log.ts';

const TEXTS: Readonly<Record<FailedPart, string>> = {
  gate: 'the gate (authenticate) failed; the client is closed with 4004, and may reconnect',
  session: 'a session failed',
};

/** The logger of the server, as far as it is used here; pino's fit. */
export interface FailureLogger {
  error(about: object, text: string): void;
  warn(about: object, text: string): void;
}

/**
 * Logs what should not happen, each line once a minute and a few at a time: a gate that fails, fails for every client
 * that connects, and a program that publishes into the stream of a log may do so a thousand times a second.
 */
export class Failures {
  readonly #logger: FailureLogger;
  readonly #throttles: Readonly<Record<FailedPart | 'notice', LogThrottle>>;

  constructor(logger: FailureLogger, clock: Clock = systemClock) {
    const throttle = (): LogThrottle => new LogThrottle(clock);
    this.#logger = logger;
    this.#throttles = { gate: throttle(), session: throttle(), notice: throttle() };
  }

  log(error: unknown, of: FailedPart = 'session'): void {
    const suppressed = this.#throttles[of].due(String(error).slice(0, 300));
    // An application may throw anything; pino and the log on stderr expect an error.
    const err = error instanceof Error ? error : new Error(String(error));
    if (suppressed !== undefined)
      this.#logger.error({ err, ...(suppressed > 0 && { suppressed }) }, TEXTS[of]);
  }

  /** What an operator has to know of the log, though nothing failed. Notices of one event cannot hide the others. */
  notice({ text, ...about }: Parameters<LogReports['onNotice']>[0]): void {
    const suppressed = this.#throttles.notice.due(text, about.event);
    if (suppressed !== undefined)
      this.#logger.warn({ ...about, ...(suppressed > 0 && { suppressed }) }, text);
  }
}
