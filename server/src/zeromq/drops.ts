import type { Clock } from '@zerospan/shared';
import { DROP_REASONS, type DropReason } from './framing.ts';
import type { Logger } from './ports.ts';
import { Seldom } from './seldom.ts';

/** How much of a dropped message its log line shows, in bytes. */
const SHOWN_BYTES = 80;

/** Counts dropped messages by reason and tells of them at a limited rate. */
export class Drops {
  readonly counts: Record<DropReason, number>;
  readonly #logger: Logger;
  readonly #seldom: Seldom;
  readonly #about: object;
  /** How many the last line about a reason knew of. */
  readonly #told = new Map<DropReason, number>();

  /** @param about what every line carries, such as the address */
  constructor(logger: Logger, clock: Clock, about: object) {
    this.counts = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
    this.#logger = logger;
    this.#seldom = new Seldom(clock);
    this.#about = about;
  }

  drop(reason: DropReason, parts: readonly Buffer[]): void {
    this.counts[reason]++;
    if (!this.#seldom.due(reason)) return;
    const count = this.counts[reason];
    const dropped = count - (this.#told.get(reason) ?? 0);
    this.#told.set(reason, count);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const begin = parts[0]?.subarray(0, SHOWN_BYTES).toString('latin1') ?? '';
    this.#logger.warn({ ...this.#about, reason, dropped, bytes, begin }, 'dropped a message from ZeroMQ');
  }
}
