import type { Clock } from '@zerospan/shared';
import { DROP_REASONS, type DropReason } from './framing.ts';
import type { Logger } from './ports.ts';

/** At most one line a reason in this time, in ms, however many messages are dropped. */
export const DROP_LOG_MS = 10_000;

/** How much of a dropped message its log line shows, in bytes. */
const SHOWN_BYTES = 80;

/** Counts dropped messages by reason and tells of them at a limited rate. */
export class Drops {
  readonly counts: Record<DropReason, number>;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #about: object;
  readonly #told = new Map<DropReason, { readonly atMs: number; readonly count: number }>();

  /** @param about what every line carries, such as the address */
  constructor(logger: Logger, clock: Clock, about: object) {
    this.counts = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
    this.#logger = logger;
    this.#clock = clock;
    this.#about = about;
  }

  drop(reason: DropReason, parts: readonly Buffer[]): void {
    this.counts[reason]++;
    const nowMs = this.#clock.now();
    const told = this.#told.get(reason);
    // A clock that was set back must not silence the line until it has caught up.
    if (told && nowMs >= told.atMs && nowMs - told.atMs < DROP_LOG_MS) return;
    const count = this.counts[reason];
    this.#told.set(reason, { atMs: nowMs, count });
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const begin = parts[0]?.subarray(0, SHOWN_BYTES).toString('latin1') ?? '';
    const dropped = count - (told?.count ?? 0);
    this.#logger.warn({ ...this.#about, reason, dropped, bytes, begin }, 'dropped a message from ZeroMQ');
  }
}
