import { type ExcessFound, PARTS_MAX } from '../sockets/excesses.ts';

/** Watches over what an XPUB socket reads: subscriptions, and what else peers may send to it. */
export class Notices {
  /** Messages read. */
  count = 0;
  #isMixedUp = false;

  /**
   * What is wrong with a message just read, so that all connections have to end.
   * @param isNotice whether it was a subscription
   * @param hasMore whether others wait behind it
   */
  excessOf(parts: readonly Buffer[], isNotice: boolean, hasMore: boolean): ExcessFound | undefined {
    this.count++;
    if (parts.length > PARTS_MAX) return ['parts', { parts: parts.length }];
    // In manual mode libzmq takes the peer of the next notice for the sender of a message that is none, and so goes on
    // until all are read: those behind it took effect for others than who subscribed.
    if (isNotice && this.#isMixedUp) return ['upstream-messages', {}];
    this.#isMixedUp = hasMore && (this.#isMixedUp || !isNotice);
    return undefined;
  }
}
