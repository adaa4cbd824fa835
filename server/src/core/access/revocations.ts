/** Whose access has ended: all that a subject has, one session, or all sessions that one token (`jti`) has opened. */
export type Revoked =
  | { readonly subject: string }
  | { readonly session: string }
  | { readonly token: string };

/**
 * PORT: access that ends before its token does.
 *
 * - `revoke` MUST have ended it when it answers true: from then on the gate rejects the revoked. It MUST answer false
 *   when it has no room to remember one more: the revoked may be admitted again.
 * - Listeners MUST be called within the same turn, whatever it answers, so that sessions which are open can be closed
 *   at once.
 */
export interface Revocations {
  revoke(what: Revoked): boolean;
  /** Calls a listener for each access as it ends. Answers a function that removes it. */
  onRevoked(listener: (what: Revoked) => void): () => void;
}

/**
 * PORT: revocations of one node of a bus, which hears those of the others as well.
 *
 * - `heard` MUST end that access as `revoke` does, and remember it as long from now on; it MUST call listeners only
 *   where it had not ended yet: what nodes hear may be known to them. It MUST answer false where there is no room.
 * - `known` MUST give all that has to outlive this node, and it alone.
 */
export interface HeardRevocations extends Revocations {
  heard(what: Revoked): boolean;
  known(): Iterable<Revoked>;
}

/** A connection whose access may end. */
export interface Revocable {
  /** Ends it: with a ZerospanError that says why, or with a failure of the gate's own. */
  reject(error: unknown): void;
}
