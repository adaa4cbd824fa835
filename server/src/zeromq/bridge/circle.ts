import type { Clock } from '@zerospan/shared';
import type { Logger } from '../ports.ts';
import { ANNOUNCE_MS } from './loop-guard.ts';

/** A circle in which a bridge has not heard itself for so long is gone, in ms: three of its announcements have not come round. */
export const CIRCLE_GONE_MS = 3 * ANNOUNCE_MS;

export interface CircleOptions {
  /** The source that leads back to this bridge. */
  readonly address: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * A circle in which publications lose their origin, because a bridge in it is of an older version: then they would go round for ever. Entered when
 * this bridge hears itself from the source, and left when it has not for a while.
 */
export class Circle {
  readonly #options: CircleOptions;
  #stopTimer: (() => void) | undefined;

  constructor(options: CircleOptions) {
    this.#options = options;
  }

  /** Whether the source leads back to this bridge. */
  get isClosed(): boolean {
    return this.#stopTimer !== undefined;
  }

  /** This bridge has heard itself. */
  heardOwn(): void {
    const { address, logger, clock } = this.#options;
    if (this.#stopTimer === undefined)
      logger.warn(
        { address },
        `what this server sends on bus.address comes back to it from ${address}, by a bridge that does not say where a publication began. ` +
          'Until the circle is gone, what comes in from there is not sent out on bus.address. Remedy: update the Zerospan servers of the ' +
          'circle, or take the address out of bus.sources and restart this one.',
      );
    this.#stopTimer?.();
    this.#stopTimer = clock.later(CIRCLE_GONE_MS, () => {
      this.#stopTimer = undefined;
      logger.info({ address }, 'a circle of bridges is gone: what comes in is sent out on bus.address again');
    });
  }

  close(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}
