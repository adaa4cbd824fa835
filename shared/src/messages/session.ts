import type { Limits } from '../limits.ts';

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

/** A sign of life, with the session's cursor. */
export interface BeatBody {
  readonly offset: number;
  /** As in `welcome`, but as of now. Default: as it was. */
  readonly retrySpreadMs?: number;
  /** For how long the log of the server has been away, so that what it shows may be old. Default: it is there. */
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
