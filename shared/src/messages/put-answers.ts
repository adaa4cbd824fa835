import type { ChannelWho, ReceiptNames } from '../observing/names.ts';

/** What one channel of a put came to. */
export interface AcceptedChannel {
  readonly channel: string;
  readonly offset: number;
  /** Sessions that have a subscription to it now. */
  readonly sessions: number;
  /** Subscriptions of ZeroMQ peers to it now. */
  readonly nativeSubscriptions: number;
}

export interface AcceptedBody {
  readonly put: number;
  readonly time: number;
  readonly channels: readonly AcceptedChannel[];
}

/** Who got what was put on one channel, of the sessions that were subscribed to it when it was appended. */
export interface ConfirmedChannel {
  readonly channel: string;
  readonly offset: number;
  /** Sessions whose application was handed it. */
  readonly confirmed: number;
  /** Sessions that will not be given it: it is covered by a gap, or they have unsubscribed. */
  readonly skipped: number;
  /** Sessions that did not answer in time: they may yet get it. */
  readonly unanswered: number;
  /** The same by name, where the put asked who. */
  readonly who?: ChannelWho;
}

/** Who got a put; by name, where it asked who. */
export interface Confirmation extends Partial<ReceiptNames> {
  readonly channels: readonly ConfirmedChannel[];
}

/** The second answer to a put that asked for it, after `accepted`. */
export interface ConfirmedBody extends Confirmation {
  readonly put: number;
}

/** A refused put or subscription: one of `put` and `subscription` names it. */
export interface RefusedBody {
  readonly put?: number;
  readonly subscription?: number;
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
}
