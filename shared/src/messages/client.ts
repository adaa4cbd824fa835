import type { Position } from '../position.ts';

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
  /** Random, 8 to 64 characters, the same over the reconnects of one bus. Its client's secret: never shown. */
  readonly client: string;
  /** For people, beside the subject: see `nameFault`. Shown to those with the right to see names. */
  readonly name?: string;
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

/** Asks for a receipt: who got the put, after `timeoutMs` at the latest. */
export interface Confirm {
  readonly timeoutMs: number;
  /** Whether it names the sessions: see `ReceiptNames`. Needs the right `confirm: "names"`. Default: false. */
  readonly who?: boolean;
}

/** The envelope of a put; the payload's JSON text follows after one line feed. */
export interface PutBody {
  /** A whole number from 1, used once per client over all its connections, in ascending order. */
  readonly id: number;
  /** It was sent on an earlier connection and not answered, this many ms ago at the first time. */
  readonly againMs?: number;
  readonly channels: readonly string[];
  readonly confirm?: Confirm;
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
