import type { Clock } from '@zerospan/shared';
import type { Logger } from '../ports.ts';
import { ANNOUNCE_MS } from './loop-guard.ts';

/**
 * A circle in which a bridge has not heard itself for so long is gone, in ms: three of its announcements have not come
 * round.
 */
export const CIRCLE_GONE_MS = 3 * ANNOUNCE_MS;

/**
 * A circle is logged when it has lasted for this long, in ms: the source may say right behind the announcement that it
 * is a bridge.
 */
export const CIRCLE_SAID_MS = 1_000;

export interface CircleOptions {
  /** The source that leads back to this bridge. */
  readonly address: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * A circle in which publications lose their origin, because a bridge in it is of an older version: then they would go
 * round for ever. Entered when this bridge hears itself from the source, and left when it has not for a while, or when
 * the source shows that it carries origins.
 */
export class Circle {
  readonly #options: CircleOptions;
  #stopTimers: readonly (() => void)[] = [];
  #isSaid = false;

  constructor(options: CircleOptions) {
    this.#options = options;
  }

  /** Whether the source leads back to this bridge. */
  get isClosed(): boolean {
    return this.#stopTimers.length > 0;
  }

  /** This bridge has heard itself. */
  heardOwn(): void {
    const { clock } = this.#options;
    this.close();
    this.#stopTimers = [
      clock.later(CIRCLE_GONE_MS, () => this.gone()),
      clock.later(CIRCLE_SAID_MS, () => this.#say()),
    ];
  }

  /** The circle is none, or none any more. */
  gone(): void {
    if (!this.isClosed) return;
    this.close();
    if (!this.#isSaid) return;
    this.#isSaid = false;
    const { address, logger } = this.#options;
    logger.info({ address }, 'a circle of bridges is gone: what comes in is sent out on bus.address again');
  }

  close(): void {
    for (const stop of this.#stopTimers) stop();
    this.#stopTimers = [];
  }

  #say(): void {
    if (this.#isSaid) return;
    this.#isSaid = true;
    const { address, logger } = this.#options;
    logger.warn(
      { address },
      `what this server sends on bus.address comes back to it from ${address}, by a bridge that does not say where a ` +
        'publication began. Until the circle is gone, what comes in from there is not sent out on bus.address. Remedy: ' +
        'update the Zerospan servers of the circle, or take the address out of bus.sources and restart this one.',
    );
  }
}
