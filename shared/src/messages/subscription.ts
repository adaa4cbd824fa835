/**
 * From here on every publication above `offset` that matches the subscription is delivered. `replaying`: only after
 * `live`.
 */
export interface SubscribedBody {
  readonly id: number;
  readonly offset: number;
  readonly replaying: boolean;
}

/** The next `count` publications are history for this subscription alone. */
export interface ReplayBody {
  readonly subscription: number;
  readonly count: number;
}

/** The replay has caught up: from here the subscription takes the session's publications above `offset`. */
export interface LiveBody {
  readonly subscription: number;
  readonly offset: number;
  /** After a replay of `last`: a channel that the filters match may have lost even its last publication. */
  readonly incomplete?: boolean;
}

/** Why publications could not be delivered. A client adds `queue`, for what its own queue dropped. */
export const GAP_REASONS = ['retention', 'restart', 'upstream', 'lag'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

interface Missing {
  readonly reason: GapReason;
  /** The epoch of `from`; after a restart it is not the session's. */
  readonly epoch: string;
  readonly from: number | null;
  readonly to: number | null;
  /** How many publications are missing; null: not known. */
  readonly missed: number | null;
}

/** Publications from `from` to `to`, both included, that these subscriptions cannot be given. null: not known. */
export interface SubscriptionGap extends Missing {
  readonly subscriptions: readonly number[];
}

/**
 * Publications of this channel were lost before they reached the log. It is an entry of the log: `from` and `to` are
 * its offset.
 */
export interface ChannelGap extends Missing {
  /** `EVERY_CHANNEL`: of which channels nobody knows. */
  readonly channel: string;
  readonly reason: 'upstream';
  readonly from: number;
  readonly to: number;
}

export type GapBody = SubscriptionGap | ChannelGap;
