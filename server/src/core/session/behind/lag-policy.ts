import { type OnLag, ZerospanError } from '@zerospan/shared';

/** What becomes of a subscription while its session is behind. One object for all subscriptions that ask for it. */
export interface LagPolicy {
  readonly onLag: OnLag;
  /** Whether it is given of each channel only the newest publication, and gaps for the others. */
  readonly onlyNewest: boolean;
  /** Its session falls behind. @returns why it ends by that; undefined: it goes on, and catches up */
  fallBehind(): ZerospanError | undefined;
}

const goesOn = (): undefined => undefined;

export const LAG_POLICIES: Readonly<Record<OnLag, LagPolicy>> = {
  replay: { onLag: 'replay', onlyNewest: false, fallBehind: goesOn },
  latest: { onLag: 'latest', onlyNewest: true, fallBehind: goesOn },
  close: { onLag: 'close', onlyNewest: false, fallBehind: () => new ZerospanError('lag') },
};
