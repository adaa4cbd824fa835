import type {
  AbsentClient,
  AcceptedChannel,
  Clock,
  Confirm,
  Filter,
  GapReason,
  NamedSession,
  OnLag,
  Position,
  ReplayRequest,
  SkippedReason,
  ZerospanError,
} from '@zerospan/shared';
import type { NewsSource } from './connection/news.ts';
import type { SocketClass } from './connection/socket.ts';

/** What a subscriber is given. */
export interface Publication<T = unknown> {
  readonly channel: string;
  /**
   * The payload parsed, at the first access. All subscribers of a bus share it: take it as read-only. Numbers beyond
   * 2^53 lose digits here; `text` has them all.
   */
  readonly message: T;
  /** The payload exactly as it was put. */
  readonly text: string;
  readonly offset: number;
  readonly epoch: string;
  /** When it was appended to the log, in ms since 1970 by the server's clock. */
  readonly time: number;
}

/** Publications from `from` to `to`, both included, that a subscriber is not given. null: not known. */
export interface Gap {
  /**
   * `retention`, `lag`: the log no longer holds them. `restart`: the server began a new log. `upstream`: they were lost
   * before they reached the log. `queue`: the subscriber's own queue was full.
   */
  readonly reason: GapReason | 'queue';
  readonly filters: readonly Filter[];
  /** With `upstream`: the channel that lost something, unless this gap stands for those of several. */
  readonly channel?: string;
  /** The epoch that `from` and `to` belong to. After `restart` it is the one that has ended. */
  readonly epoch: string;
  readonly from: number | null;
  readonly to: number | null;
  /** How many publications that match the filters are missing. Exact for `queue`. */
  readonly missed: number | null;
}

/**
 * `connecting`: a socket is being opened. `live`: the server has said welcome. `stale`: the same, but the server does
 * not reach its log, so that what it has given may be old. `waiting`: until the next attempt. `closed`: for good, by
 * close() or because the server said not to come back.
 */
export type State = 'connecting' | 'live' | 'stale' | 'waiting' | 'closed';

/** What belongs to a state. */
export interface StateDetail {
  /** With `connecting` and `waiting`: how many attempts were made since a connection lasted, this one included. */
  readonly attempt?: number;
  /** With `waiting`: in how many ms the next attempt begins. */
  readonly retryInMs?: number;
  /** With `stale`: for how many ms the server had not reached its log when it said so. */
  readonly logAwayMs?: number;
  /**
   * With `waiting`: why the last attempt failed or the last connection ended. With `closed`: why the bus is closed, if
   * not by `close()`.
   */
  readonly failure?: ZerospanError;
}

/** What a put came to. */
export interface PutResult {
  readonly epoch: string;
  /** When it was appended, in ms since 1970 by the server's clock. */
  readonly time: number;
  /** One for each channel, in the order they were named, each name once. */
  readonly channels: readonly PutChannel[];
  /**
   * With `confirm.who`: how many sessions and absent clients there are at least that `who` does not name; the counts
   * have them all. Left out: none.
   */
  readonly more?: number;
}

/** Of the sessions that were subscribed when a put was appended; the three together are all of them. */
export interface PutCounts {
  /** Their application was handed it, or their client's queue dropped it and reported the gap. */
  readonly confirmed: number;
  /** They will not be given it: a gap covers it, or they have unsubscribed. */
  readonly skipped: number;
  /** They did not answer in time. They may yet get it. */
  readonly unanswered: number;
}

/**
 * The same sessions by name: as many of each as the counts say, unless `PutResult` has `more`. A session's `ref` is its
 * client's, the same after each reconnect.
 */
export interface PutWho {
  /** `confirmed`: its application was handed it, `afterMs` after the append. Clients say so up to 250 ms later. */
  readonly has: readonly { readonly session: NamedSession; readonly afterMs: number }[];
  /**
   * `retention`, `lag`: a gap covers it. `unsubscribed`: its subscription has ended. `unmatched`: its client came back
   * without it.
   */
  readonly skipped: readonly { readonly session: NamedSession; readonly reason: SkippedReason }[];
  /** `acks` is false for one that never says what it has, such as a reader of events over HTTP. */
  readonly unanswered: readonly { readonly session: NamedSession; readonly acks: boolean }[];
  /** Those of `unanswered` whose client has lost its connection since: it gets it when it comes back. */
  readonly away: readonly NamedSession[];
  /** Clients that lost their session in the 60 s before the put, and are in no count: they get it as well. */
  readonly absent: readonly AbsentClient[];
}

/** What one channel of a put came to; the counts are there if `confirm` asked for them, the names if it asked who. */
export type PutChannel = AcceptedChannel & Partial<PutCounts> & { readonly who?: PutWho };

/**
 * Bounds of a subscriber's queue. When one is passed the oldest publications are dropped and reported as a gap `queue`.
 * The newest publication is kept whatever its size. All such queues of a bus together hold at most three quarters of
 * the server's window (`welcome.limits.windowBytes`); beyond that the fullest drops its oldest, and its newest only
 * when the newest of all are too much.
 */
export interface QueueBounds {
  /** Publications, a whole number from 1. Default 1,000. */
  readonly publications?: number;
  /** Bytes of payload as UTF-8, a whole number from 1. Default 256 KiB. */
  readonly bytes?: number;
  /**
   * `drop` (default): the oldest give way. `wait`: nothing is dropped, and neither bound holds. Instead the server
   * stops sending to this bus when a window is not read, 1 MiB, and goes on from its log when it is. All subscribers of
   * the bus wait with it: give one that may stand still a bus of its own.
   */
  readonly whenFull?: 'drop' | 'wait';
}

export interface BusOptions {
  /**
   * Called before each attempt to connect; what it answers goes into `hello`. Where the server says that the token
   * ends, it is called again on the living connection when three quarters of that time have passed, and the connection
   * goes on with the fresh one. When it throws, rejects or takes longer than 30 s, the bus reports it to `on('error')`
   * and tries again later. A token that has expired does not close the bus: it reconnects with a fresh one. A token
   * that the server rejects does, with `unauthorized` or `revoked`. Default: none is sent.
   */
  readonly token?: () => string | Promise<string>;
  /**
   * What people call this client, 1 to 64 printable characters: operators and receipts by name show it beside the
   * subject of the token. Default, and with `''`: none.
   */
  readonly name?: string;
  /**
   * Where an earlier bus left off: every subscription made before the first `live` begins after it, whatever `replay`
   * it asks for. Default: subscriptions begin with what comes from now on.
   */
  readonly resume?: Position;
  /** For subscribers that name none of their own. */
  readonly queue?: QueueBounds;
  /** Default: the browser's own, in Node that of `ws`. */
  readonly WebSocket?: SocketClass;
  /** Time and timers, for tests. */
  readonly clock?: Clock;
  /** 0 ≤ random() < 1, spreads attempts to connect. For tests. */
  readonly random?: () => number;
  /**
   * Word that the page was woken or the network has come or gone. For tests. Default: the browser's events; in Node,
   * none.
   */
  readonly news?: NewsSource;
}

export interface SubscribeOptions {
  /**
   * History to be given first: after a position, the last n publications of each channel, or those of the last n ms
   * (0: none). Default: none.
   */
  readonly replay?: ReplayRequest;
  /**
   * What to be given after falling behind: because this client reads more slowly than publications come, or comes back
   * after it was away. `replay` (default): everything, as far as the server's log holds it. `latest`: of each channel
   * only the newest, and a gap `lag` with the exact number of what was left out. `close`: when this client reads too
   * slowly, the subscriber ends with `lag`.
   */
  readonly onLag?: OnLag;
  readonly queue?: QueueBounds;
  /** Closes the subscriber, as close() does; `ready` rejects with `aborted` if it still waited. */
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  /**
   * Waits until every session that was subscribed to a channel of the put has acknowledged it, or `timeoutMs` have
   * passed (1 to 60,000), and answers for each channel how many have it. A session is one client; one that loses its
   * connection and comes back in time counts once. Clients that are away when it is put are not counted, and get it
   * when they come back. If the server restarts before it has answered, all of them count as unanswered.
   *
   * With `who` it also names them, which needs the right `confirm: "names"`; without keys for tokens, clients of the
   * server's own machine have it.
   */
  readonly confirm?: Confirm;
  /**
   * Called once the put is in the log, with what the promise says later: with `confirm`, that waits for the receipt as
   * well. Before the promise fulfils, if it does.
   */
  readonly onAccepted?: (result: PutResult) => void;
  /**
   * Stops waiting: rejects with `aborted`. A put that was not sent yet is not sent; one that was sent may have been
   * appended or may yet be.
   */
  readonly signal?: AbortSignal;
}

export interface GetOptions {
  readonly block: true;
  /** Rejects with `timeout` after this many ms. 0: at once when nothing is there. Default: waits for ever. */
  readonly timeoutMs?: number;
  /** Rejects with `aborted`. The subscriber stays open. */
  readonly signal?: AbortSignal;
}
