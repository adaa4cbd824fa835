import type { HeardRevocations, Revoked } from './revocations.ts';

/**
 * Sessions that are ended on the nodes of a bus where nobody judges tokens: there is nothing else to revoke, and nobody
 * has to remember it, because the id of a session never comes again.
 */
export class EndedSessions implements HeardRevocations {
  readonly #listeners = new Set<(what: Revoked) => void>();

  revoke(what: Revoked): boolean {
    for (const listener of this.#listeners) listener(what);
    return true;
  }

  heard(what: Revoked): boolean {
    return 'session' in what ? this.revoke(what) : true;
  }

  known(): Iterable<Revoked> {
    return [];
  }

  onRevoked(listener: (what: Revoked) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
