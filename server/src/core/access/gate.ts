import type { FilterSet } from '@zerospan/shared';

/**
 * What a client may do. It is asked when something is asked for, and never for a delivery. An empty set allows nothing.
 */
export interface Grants {
  /** Filters whose channels it may subscribe to. */
  readonly subscribe: FilterSet;
  /** Channels that it may put on. */
  readonly put: FilterSet;
  /** Filters of which it may be given what is older than the resume window. */
  readonly history: FilterSet;
  /** Whether its puts may ask how many got them; `names`: also who. */
  readonly confirm: boolean | 'names';
  /** Whether it may end others' access. */
  readonly admin: boolean;
  /** Whether it may read the metrics, as an admin may. Default: false. */
  readonly metrics?: boolean;
  /**
   * Whether it may read the state of the server, its sessions with their addresses, and its channels, as an admin may.
   * Default: false.
   */
  readonly observe?: boolean;
}

/** Who a client is, and what it may do until when. */
export interface Identity {
  /** Who it is, over all its connections; undefined where nobody is asked. Client ids of two subjects never meet. */
  readonly subject: string | undefined;
  readonly grants: Grants;
  /** ms since 1970, by the clock that tokens are judged by; undefined: it does not end. */
  readonly expiresMs: number | undefined;
  /** The id of the token itself (`jti`), where it has one: a revocation may name it. */
  readonly token?: string;
}

/** What the gate knows of a client that it has to admit or reject. */
export interface Visitor {
  /** The session's id, as `welcome` says it; '' for a request over HTTP. */
  readonly session: string;
  /** The client's id, as `hello` says it; '' where it has none, as over HTTP. */
  readonly client: string;
  /** Where it connects from; behind a proxy that is trusted, what that one says. */
  readonly address: string;
  /** Whether it connects from the machine of the server itself, and through no proxy. Left out: it does not. */
  readonly isLocal?: boolean;
}

/**
 * PORT: which clients are admitted. It declares what the core needs to know of authentication, whatever that is.
 *
 * - `admit` MUST answer the identity behind this token, or reject with a ZerospanError `unauthorized`, `token-expired`,
 *   `revoked`, or `key-not-known` where the same token may be good a little later. It is called for `hello`, and again
 *   for `auth` with a fresh token. It MUST NOT answer an identity that has ended already.
 * - It MUST check revocations last of all: an identity that is revoked while it is asked MUST NOT be admitted.
 * - It MAY answer at once, without a promise; nothing waits then.
 * - A rejection MUST NOT say more of the token than its code: it goes to the client that sent it. Any other error is a
 *   failure of the gate's own: its words go to the operator, and the client reconnects.
 */
export interface Gate {
  admit(token: string | undefined, visitor: Visitor): Promise<Identity> | Identity;
}

/** Every channel, the server's own included. */
const EVERYTHING: FilterSet = { channels: [], prefixes: ['', '$'] };

const EVERYBODY: Identity = {
  subject: undefined,
  grants: { subscribe: EVERYTHING, put: EVERYTHING, history: EVERYTHING, confirm: true, admin: false },
  expiresMs: undefined,
};

/** What is for operators belongs to the machine of the server, where nobody judges tokens. */
const THIS_MACHINE: Identity = {
  ...EVERYBODY,
  grants: { ...EVERYBODY.grants, confirm: 'names', metrics: true, observe: true },
};

/** Admits everybody, for everything but others' access, and but what is for operators. */
export const allowAll: Gate = { admit: (_token, { isLocal }) => (isLocal ? THIS_MACHINE : EVERYBODY) };
