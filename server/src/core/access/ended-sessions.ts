import type { Clock } from '@zerospan/shared';
import type { HeardRevocations, Revoked } from './revocations.ts';

/** Others say it for a minute that a session has ended: it is done once. */
const REMEMBERED_MS = 60_000;

/** Most that are remembered: of one that is forgotten before, it is done once more, which ends nothing. */
const MOST = 100_000;

/**
 * Sessions that are ended on the nodes of a bus where nobody judges tokens: there is nothing else to revoke, and nobody
 * has to remember it for long, because the id of a session never comes again.
 */
export class EndedSessions implements HeardRevocations {
  readonly #clock: Clock;
  readonly #listeners = new Set<(what: Revoked) => void>();
  /** When each was heard last; that which was heard longest ago comes first. */
  readonly #ended = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  revoke(what: Revoked): boolean {
    if ('session' in what) this.#remember(what.session);
    for (const listener of this.#listeners) listener(what);
    return true;
  }

  heard(what: Revoked): boolean {
    if (!('session' in what)) return true;
    const isKnown = this.#ended.has(what.session);
    if (isKnown) this.#remember(what.session);
    else this.revoke(what);
    return true;
  }

  known(): Iterable<Revoked> {
    return [];
  }

  onRevoked(listener: (what: Revoked) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #remember(session: string): void {
    const nowMs = this.#clock.elapsed();
    this.#ended.delete(session);
    for (const [other, heardMs] of this.#ended) {
      if (nowMs - heardMs < REMEMBERED_MS && this.#ended.size < MOST) break;
      this.#ended.delete(other);
    }
    this.#ended.set(session, nowMs);
  }
}
