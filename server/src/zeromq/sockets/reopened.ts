import type { Clock } from '@zerospan/shared';
import { LogThrottle } from '../../log-throttle.ts';
import type { Logger } from '../ports.ts';

/** How soon it is tried again to open an address, in ms. libzmq gives it up a moment after closing. */
const AGAIN_MS = 5;

/** Attempts without a log line: until then an address that is still held is no news. */
const QUIET_ATTEMPTS = 200;

export interface Reopening<T> {
  readonly address: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Opens it. MUST throw, and leave nothing open, where it cannot. */
  readonly open: () => T;
  /** Whether it need not be opened any more, because its owner closes. */
  readonly isClosing: () => boolean;
}

/** Opens again what this process has just closed; undefined where its owner closes first. */
export async function reopened<T>(reopening: Reopening<T>): Promise<T | undefined> {
  const { address, clock, logger, open, isClosing } = reopening;
  const throttle = LogThrottle.ofKinds(clock);
  for (let attempts = 1; !isClosing(); attempts++) {
    try {
      return open();
    } catch (error) {
      if (attempts > QUIET_ATTEMPTS && throttle.due(address) !== undefined)
        logger.error({ err: error, address }, 'a ZeroMQ address cannot be opened again; it is tried on');
    }
    await new Promise<void>((resolve) => clock.later(AGAIN_MS, resolve));
  }
  return undefined;
}
