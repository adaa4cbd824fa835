import type { NamedSession } from './sessions.ts';

/** By what the pages of channels are sorted: by name upwards, by the others the largest first. */
export const CHANNEL_ORDERS = ['name', 'rate', 'sessions', 'time'] as const;
export type ChannelOrder = (typeof CHANNEL_ORDERS)[number];

/** A channel that the log knows. */
export interface ObservedChannel {
  readonly channel: string;
  /** Of its last publication; null: the log holds none of it any more. */
  readonly offset: number | null;
  /** When that was appended, in ms since 1970. */
  readonly time: number | null;
  /** Publications a second, of the last ten seconds. */
  readonly perS: number;
  /** Sessions that are subscribed to it now. */
  readonly sessions: number;
  /** Subscriptions of ZeroMQ peers to it now. */
  readonly nativeSubscriptions: number;
}

/** All channels that begin with a prefix up to and including a separator, as one node of a tree. */
export interface ChannelGroup {
  readonly prefix: string;
  readonly channels: number;
  /** Of the newest publication on any of them. */
  readonly offset: number | null;
  readonly time: number | null;
  readonly perS: number;
}

/**
 * `GET /v1/channels`. With a separator, channels that have another one behind the prefix are in `groups`: one level of
 * a tree. Groups come first.
 */
export interface ChannelsPage {
  readonly groups: readonly ChannelGroup[];
  readonly channels: readonly ObservedChannel[];
  /** How many rows there are on all pages. */
  readonly total: number;
  readonly skip: number;
}

/** `GET /v1/channels/NAME`. */
export interface ChannelDetail extends ObservedChannel {
  /** Entries of it that are held, and the oldest of them. */
  readonly entries: number;
  readonly oldest: number | null;
  /** The first 100 sessions that are subscribed to it. */
  readonly subscribers: readonly NamedSession[];
}
