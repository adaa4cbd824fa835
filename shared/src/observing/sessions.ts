import type { OnLag } from '../messages/client.ts';
import type { GapReason } from '../messages/subscription.ts';

/** A session as people know it. Its client id is its client's secret, and never shown. */
export interface NamedSession {
  /** Its id, as `welcome` says it: another one after each reconnect. */
  readonly session: string;
  /** A keyed hash of subject and client id: the same over all connections of one client, while the server runs. */
  readonly ref: string;
  /** Left out: access control is off. */
  readonly subject?: string;
  /** Chosen by the client (`hello.name`), for people. Left out: none. */
  readonly name?: string;
}

export const TRANSPORTS = ['websocket', 'sse', 'ndjson'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** By what the pages of sessions are sorted: the largest first, but the oldest first with `since`. */
export const SESSION_ORDERS = ['lag', 'bytes', 'refusals', 'since'] as const;
export type SessionOrder = (typeof SESSION_ORDERS)[number];

/** A session in the list of all. */
export interface ObservedSession extends NamedSession {
  /** Where it connects from; behind a proxy that is trusted, what that one says. */
  readonly address: string;
  readonly transport: Transport;
  /** When it began, in ms since 1970. */
  readonly since: number;
  /** Whether it takes part in fan-out, or reads the log to catch up. */
  readonly standing: 'live' | 'behind';
  /** The offset that its application has reached, by its acks, or else by what was written to it. */
  readonly position: number;
  /** How many offsets that is below the head. */
  readonly lag: number;
  /** Bytes written to it that its application has not acknowledged; 0 without acks. */
  readonly unackedBytes: number;
  /** Requests of it that were refused. */
  readonly refusals: number;
  /** Gaps reported to it. */
  readonly gaps: number;
  readonly subscriptions: number;
  readonly filters: number;
}

/** `GET /v1/sessions`. */
export interface SessionsPage {
  readonly sessions: readonly ObservedSession[];
  /** How many match the search, on all pages. */
  readonly total: number;
  /** How many of them stand before this page. */
  readonly skip: number;
}

interface Filters {
  readonly channels: readonly string[];
  readonly prefixes: readonly string[];
}

export interface ObservedSubscription extends Filters {
  readonly id: number;
  readonly onLag: OnLag;
  /** Where its replay stands; left out: it is live. */
  readonly replayed?: number;
}

/** What a session may do, as its token grants it. */
export interface ObservedGrants {
  readonly subscribe: Filters;
  readonly put: Filters;
  readonly history: Filters;
  readonly confirm: boolean | 'names';
  readonly admin: boolean;
  readonly metrics: boolean;
  readonly observe: boolean;
}

/** `GET /v1/sessions/ID`. */
export interface SessionDetail extends ObservedSession {
  readonly grants: ObservedGrants;
  /** When its access ends, in ms since 1970; null: it does not end. */
  readonly expires: number | null;
  readonly window: { readonly bytes: number; readonly mostBytes: number };
  /** The first 1,000 of its subscriptions. */
  readonly subscribed: readonly ObservedSubscription[];
  /** The latest gaps reported to it, newest first, 20 at most. */
  readonly reported: readonly {
    readonly time: number;
    readonly reason: GapReason;
    readonly from: number | null;
    readonly to: number | null;
    readonly missed: number | null;
  }[];
  /** Earlier sessions of the same client, newest first, as far as the journal reaches back, 20 at most. */
  readonly earlier: readonly {
    readonly session: string;
    readonly began: number;
    readonly ended: number;
    /** The close code; null: the client was lost. */
    readonly code: number | null;
  }[];
}
