import { TIMES } from '@zerospan/shared';

/** How much one user, and one session, may have of the bus. */
export interface AccessBounds {
  /** How long a client has to say hello, in ms. */
  readonly helloMs: number;
  /** Connections that one subject may have at a time. 0: any number. */
  readonly connectionsPerUser: number;
  /** Filters of all sessions of one user together. 0: any number. */
  readonly filtersPerUser: number;
  /** Puts a second that one session may make; beyond, its socket is read more slowly. 0: any number. */
  readonly putsPerS: number;
  /** Puts that it may make at once after a rest. */
  readonly putBurst: number;
  /** Puts of one session that the log has not answered; beyond, its socket is read later. */
  readonly putsInFlight: number;
  /** Bytes that the puts of all sessions take which the log has not answered, shared; beyond, puts wait. */
  readonly putBytesInFlight: number;
  /** Bytes of the log a second that one user may put, over all its sessions; beyond, its puts wait. 0: any number. */
  readonly putBytesPerS: number;
  /** Bytes that it may put at once after a rest; at least as many as one put may take. */
  readonly putBurstBytes: number;
  /** Bytes that all receipts together may take of memory while they wait. */
  readonly receiptBytes: number;
  /** Bytes that the journal may take of memory, shared; beyond, it forgets the oldest. 0: it keeps nothing. */
  readonly journalBytes: number;
  /** Replays of one session, of those that it asked for, that run at a time; more wait for these. */
  readonly replays: number;
  /**
   * Entries of the log that these replays of one session may scan in a second; beyond, they go on later. 0: unlimited.
   */
  readonly replayEntriesPerS: number;
  /** How far back, in ms, a client may come back or ask for without a grant for history. 0: not at all. */
  readonly resumeWindowMs: number;
}

/** What holds where nothing is said. */
export const BOUNDS: AccessBounds = {
  helloMs: TIMES.helloMs,
  connectionsPerUser: 0,
  filtersPerUser: 0,
  putsPerS: 0,
  putBurst: 1_000,
  putsInFlight: 256,
  putBytesInFlight: 64 * 1024 * 1024,
  putBytesPerS: 0,
  putBurstBytes: 32 * 1024 * 1024,
  receiptBytes: 20 * 1024 * 1024,
  journalBytes: 8 * 1024 * 1024,
  replays: 8,
  replayEntriesPerS: 0,
  resumeWindowMs: 120_000,
};
