import type { Limits } from './limits.ts';
import type { Position } from './position.ts';

/** The WebSocket subprotocol and the protocol named in `hello`. */
export const PROTOCOL = 'zerospan.v1';

/**
 * History asked for with a subscription: after a position, the last n publications a channel, or those of the last n
 * ms.
 */
export type ReplayRequest =
  | { readonly since: Position }
  | { readonly last: number }
  | { readonly sinceMs: number };

/**
 * What a subscription is given while its session is behind: everything (`replay`), of each channel only the newest
 * (`latest`), or nothing more, because it ends (`close`).
 */
export const ON_LAG = ['replay', 'latest', 'close'] as const;
export type OnLag = (typeof ON_LAG)[number];

/**
 * A subscription as the client asks for it, by itself or in `hello`. Ids are whole numbers from 1, chosen by the
 * client, used once per connection.
 */
export interface SubscribeBody {
  readonly id: number;
  readonly channels?: readonly string[];
  readonly prefixes?: readonly string[];
  readonly replay?: ReplayRequest;
  readonly onLag?: OnLag;
  /** It resumes: everything above this offset is due, in the epoch of `hello`, or of `welcome` in `subscribe`. */
  readonly after?: number;
  /** With `after` and `replay`, the offset of the last entry that the replay gave it: the replay goes on there. */
  readonly replayed?: number;
}

export interface HelloBody {
  readonly protocol: string;
  /** Random, 8 to 64 characters, the same over the reconnects of one bus. */
  readonly client: string;
  readonly token?: string;
  /** Whether the client sends `ack`: only then a window holds for it. Default: false. */
  readonly acks?: boolean;
  /** This client's connection number, from 1: the newest replaces the older ones. Default: 0. */
  readonly connection?: number;
  /** The epoch that every `after` belongs to. */
  readonly epoch?: string;
  readonly subscriptions?: readonly SubscribeBody[];
}

/**
 * What the client has handed to its application, or dropped with a gap: every ordinary publication up to `offset`, and
 * the bytes of all texts of publications, replayed ones too, since this connection's `welcome`.
 */
export interface AckBody {
  readonly offset: number;
  readonly bytes: number;
}

/** Ends a subscription, or takes the named filters from it. */
export interface UnsubscribeBody {
  readonly id: number;
  readonly channels?: readonly string[];
  readonly prefixes?: readonly string[];
}

/** The envelope of a put; the payload's JSON text follows after one line feed. */
export interface PutBody {
  /** A whole number from 1, used once per client over all its connections, in ascending order. */
  readonly id: number;
  /** It was sent on an earlier connection and not answered, this many ms ago at the first time. */
  readonly againMs?: number;
  readonly channels: readonly string[];
  /** Asks for a receipt: who got the put, after `timeoutMs` at the latest. */
  readonly confirm?: { readonly timeoutMs: number };
}

/** Asks for a sign of life: the server answers at once by `pong`, with the same id. */
export interface PingBody {
  readonly id: number;
}

/** A fresh token on a living connection, of the same subject as the one before. Its grants hold from then on. */
export interface AuthBody {
  readonly token: string;
}

/** All that a client sends: one JSON object with a single key. */
export type ClientMessage =
  | { readonly hello: HelloBody }
  | { readonly subscribe: SubscribeBody }
  | { readonly unsubscribe: UnsubscribeBody }
  | { readonly put: PutBody }
  | { readonly ack: AckBody }
  | { readonly auth: AuthBody }
  | { readonly ping: PingBody };

export const CLIENT_MESSAGES = ['hello', 'subscribe', 'unsubscribe', 'put', 'ack', 'auth', 'ping'] as const;

/**
 * How fast a session may put: a rate a second and a burst after a rest, in puts; and the same in bytes for its user.
 */
export interface PutPace {
  /** 0: unlimited. */
  readonly putsPerS: number;
  readonly burst: number;
  /** How many of these are there now, below 0 where more was taken. Left out: all. */
  readonly left?: number;
  /** Left out: unlimited, as the other two then. */
  readonly bytesPerS?: number;
  readonly burstBytes?: number;
  readonly leftBytes?: number;
}

export interface WelcomeBody {
  readonly session: string;
  readonly epoch: string;
  /** Where subscriptions of another epoch stand in this one. Default: 0. */
  readonly begins?: number;
  /** Whether the session goes on from a position that the client gave. */
  readonly resumed: boolean;
  /**
   * Where the session's cursor begins, and so the client's position: everything above it that matches will be
   * delivered.
   */
  readonly from: number;
  /** Offset of the newest publication: information, never a position. */
  readonly head: number;
  readonly beatMs: number;
  readonly silenceMs: number;
  /** The window within which a client makes its first attempt after this connection is lost. */
  readonly retrySpreadMs: number;
  readonly limits: Limits;
  /** How long the token lasts, in ms. Left out: it does not end. */
  readonly expiresInMs?: number;
  /** Puts beyond this pace are read later. Left out: there is none. */
  readonly pace?: PutPace;
}

/** The answer to a good `auth`. */
export interface AuthorizedBody {
  /** How long the token lasts, in ms; null: it does not end. */
  readonly expiresInMs: number | null;
}

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

/** A sign of life, with the session's cursor. */
export interface BeatBody {
  readonly offset: number;
  /** As in `welcome`, but as of now. Default: as it was. */
  readonly retrySpreadMs?: number;
  /** For how long the log has failed. Default: it does not. */
  readonly logAwayMs?: number;
}

/** The server is about to stop: the client comes back after this many ms, a slot of its own. */
export interface DrainingBody {
  readonly comeBackMs: number;
}

export interface ErrorBody {
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
}

/** All that a server sends besides publications: one JSON object with a single key. */
export type ServerMessage =
  | { readonly welcome: WelcomeBody }
  | { readonly authorized: AuthorizedBody }
  | { readonly subscribed: SubscribedBody }
  | { readonly unsubscribed: { readonly id: number } }
  | { readonly replay: ReplayBody }
  | { readonly live: LiveBody }
  | { readonly accepted: AcceptedBody }
  | { readonly confirmed: ConfirmedBody }
  | { readonly refused: RefusedBody }
  | { readonly gap: GapBody }
  | { readonly beat: BeatBody }
  | { readonly pong: PingBody }
  | { readonly draining: DrainingBody }
  | { readonly error: ErrorBody };

export const SERVER_MESSAGES = [
  'welcome',
  'authorized',
  'subscribed',
  'unsubscribed',
  'replay',
  'live',
  'accepted',
  'confirmed',
  'refused',
  'gap',
  'beat',
  'pong',
  'draining',
  'error',
] as const;
