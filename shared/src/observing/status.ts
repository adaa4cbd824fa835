type Counts = Readonly<Record<string, number>>;

/** A limit, and how much of it is used. */
export interface LimitUse {
  /** Its path in the settings: `limits.channels`. */
  readonly setting: string;
  readonly used: number;
  readonly most: number;
}

/** Sessions that are further below the head than the step before, and no further than this one. */
export interface LagStep {
  /** In offsets; null: without end. */
  readonly most: number | null;
  readonly sessions: number;
}

/** A node of the bus: one life of a server whose log others write as well. */
export interface NodeStatus {
  /** Of this life of it: when it starts again it has another one. */
  readonly id: string;
  /** The machine that it runs on. */
  readonly name: string;
  readonly version: string;
  readonly uptimeMs: number;
  readonly sessions: number;
  /** Where its log was when it was heard. */
  readonly epoch: string;
  readonly head: number;
  /** How long ago it was heard; 0 of the server that says this. */
  readonly heardMs: number;
  /** Whether it was not heard for so long that it does not count any more. */
  readonly isAway: boolean;
}

/**
 * The state of a server at one moment: what `GET /v1/status` answers, and the message of each publication on
 * `STATS_CHANNEL`. Rates are of the last ten seconds; counts are since the start.
 */
export interface ServerStatus {
  readonly version: string;
  readonly uptimeMs: number;
  /** What readiness waits for. Empty: the server is ready. */
  readonly waiting: readonly string[];
  /** What needs attention, as readiness says it. */
  readonly notes: readonly string[];
  readonly log: {
    /** As the setting names it: `memory`, `disk`, `jetstream`. */
    readonly kind: string;
    /** Where it is on disk; null: it is not. */
    readonly directory: string | null;
    readonly state: 'reachable' | 'away' | 'full' | 'failed';
    readonly epoch: string;
    readonly head: number;
    /** Everything from this offset on is held. */
    readonly oldest: number;
    readonly entries: number;
    /**
     * Those that `log.bytes` is for: last publications that outlive it are not among them. Of a log on disk, those of
     * its segments.
     */
    readonly bytes: number;
    /** Those of entries in memory. */
    readonly memoryBytes: number;
    readonly mostBytes: number;
    /** 0: unlimited. */
    readonly mostAgeMs: number;
    /** Age of the oldest entry; 0 where there is none. */
    readonly heldMs: number;
    /** How long a client may be away and miss nothing, if entries come as they did; null: without end. */
    readonly awayMs: number | null;
  };
  /** Channels that the log knows, and those that it holds something of. */
  readonly channels: { readonly known: number; readonly held: number };
  readonly connections: number;
  readonly sessions: {
    readonly live: number;
    readonly behind: number;
    /** By how many offsets their applications are below the head: all of these steps, in order. */
    readonly lag: readonly LagStep[];
  };
  readonly rates: Readonly<Record<'publicationsPerS' | 'deliveriesPerS' | 'putsPerS', number>>;
  /** Gaps reported to clients, by reason. */
  readonly gaps: Counts;
  /** Messages and clients rejected, by code. */
  readonly refusals: Counts;
  readonly zeromq: {
    /** Where native subscribers connect. */
    readonly address: string;
    /** Where publishers connect; null: turned off. */
    readonly ingress: string | null;
    readonly peers: { readonly ingress: number; readonly egress: number };
    readonly received: number;
    readonly sent: number;
    readonly dropped: Counts;
    readonly sources: readonly {
      readonly address: string;
      readonly isConnected: boolean;
      readonly disconnects: number;
    }[];
  };
  /** Nodes of its bus, itself first. Empty: its log is that of one server alone. */
  readonly nodes: readonly NodeStatus[];
  /** Limits of the whole server. An unlimited one is left out. */
  readonly limits: readonly LimitUse[];
}

/** A server's own channel with its state, once a second while somebody is subscribed to it. It requires `observe`. */
export const STATS_CHANNEL = '$zerospan.stats';
