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
}

/** The second answer to a put that asked for it, after `accepted`. */
export interface ConfirmedBody {
  readonly put: number;
  readonly channels: readonly ConfirmedChannel[];
}

/** A refused put or subscription: one of `put` and `subscription` names it. */
export interface RefusedBody {
  readonly put?: number;
  readonly subscription?: number;
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
}
