import { systemClock } from '@zerospan/shared';
import type { FastifyBaseLogger } from 'fastify';
import type { FailedPart } from '../../core/reports.ts';
import { LogThrottle } from '../../log-throttle.ts';

const TEXTS: Readonly<Record<FailedPart, string>> = {
  gate: 'the gate (authenticate) failed; the client is closed with 4004, and may reconnect',
  session: 'a session failed',
};

/**
 * Logs what should not happen. A gate that fails, fails for every client that connects: each error is written once
 * a minute.
 */
export class Failures {
  readonly #logger: Pick<FastifyBaseLogger, 'error'>;
  readonly #throttles = { gate: new LogThrottle(systemClock), session: new LogThrottle(systemClock) };

  constructor(logger: Pick<FastifyBaseLogger, 'error'>) {
    this.#logger = logger;
  }

  log(error: unknown, of: FailedPart = 'session'): void {
    const suppressed = this.#throttles[of].due(String(error).slice(0, 300));
    // An application may throw anything; pino and the log on stderr expect an error.
    const err = error instanceof Error ? error : new Error(String(error));
    if (suppressed !== undefined)
      this.#logger.error({ err, ...(suppressed > 0 && { suppressed }) }, TEXTS[of]);
  }
}
