import type { Revocations, Revoked } from '../../server/src/core/access/revocations.ts';

/** Revocations that a test can inspect. */
export class TestRevocations implements Revocations {
  readonly revoked: Revoked[] = [];
  /** Whether there is no room for one more. */
  isFull = false;
  readonly #listeners = new Set<(what: Revoked) => void>();

  revoke(what: Revoked): boolean {
    if (!this.isFull) this.revoked.push(what);
    for (const listener of this.#listeners) listener(what);
    return !this.isFull;
  }

  onRevoked(listener: (what: Revoked) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
