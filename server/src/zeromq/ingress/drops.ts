import type { Clock } from '@zerospan/shared';
import { LogThrottle } from '../../log-throttle.ts';
import { DROP_REASONS, type DropReason } from '../framing.ts';
import type { Logger } from '../ports.ts';

/** How much of a channel a log line shows, in bytes. */
const SHOWN_BYTES = 80;

const SPACE = 0x20;

/** Counts dropped messages by reason and logs them at a limited rate. */
export class Drops {
  readonly counts: Record<DropReason, number>;
  readonly #logger: Logger;
  readonly #throttle: LogThrottle;
  readonly #about: object;
  /** How many the last line about a reason knew of. */
  readonly #reported = new Map<DropReason, number>();

  /** @param about what every line carries, such as the address */
  constructor(logger: Logger, clock: Clock, about: object) {
    this.counts = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
    this.#logger = logger;
    this.#throttle = LogThrottle.ofKinds(clock);
    this.#about = about;
  }

  drop(reason: DropReason, parts: readonly Buffer[]): void {
    this.counts[reason]++;
    if (this.#throttle.due(reason) === undefined) return;
    const count = this.counts[reason];
    const dropped = count - (this.#reported.get(reason) ?? 0);
    this.#reported.set(reason, count);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const channel = channelOf(parts);
    this.#logger.warn({ ...this.#about, reason, dropped, bytes, channel }, 'dropped a message from ZeroMQ');
  }
}

/** How JSON begins that somebody sent without a channel. */
const JSON_BEGINS = /^[{["]/;

/**
 * The bytes in the place of the channel, as Latin-1; undefined where they may be payload, which is never logged.
 */
function channelOf([first, second]: readonly Buffer[]): string | undefined {
  if (first === undefined) return undefined;
  const end = second === undefined ? first.indexOf(SPACE) : first.length;
  const channel = end < 0 ? '' : first.toString('latin1', 0, Math.min(end, SHOWN_BYTES));
  return channel === '' || JSON_BEGINS.test(channel) ? undefined : channel;
}
