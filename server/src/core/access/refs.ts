import { createHmac, randomBytes } from 'node:crypto';
import type { NamedSession } from '@zerospan/shared';
import type { Requester } from './requester.ts';

/** Hexadecimal digits: 64 bits, which nobody can invert without the key. */
const DIGITS = 16;

/**
 * Names clients to others. A client id is its client's secret, because a client that knows it can take the place of its
 * owner (H9). What is shown instead is a hash of it, under a key that is drawn at the start and kept nowhere. Nothing
 * is kept of a client: there may be tens of thousands, and few are ever shown.
 */
export class Refs {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  /**
   * The same for all sessions of one client, of which the subject is a part. A client without an id, as over HTTP,
   * cannot be recognized: each of its sessions has one of its own.
   */
  of({ clientKey, visitor }: Pick<Requester, 'clientKey' | 'visitor'>): string {
    // No client key is like it, whatever a client calls itself.
    const known = visitor.client === '' ? `?${JSON.stringify(visitor.session)}` : `=${clientKey}`;
    return createHmac('sha256', this.#key).update(known).digest('hex').slice(0, DIGITS);
  }

  /** A session, as it is shown to people. */
  named(requester: Pick<Requester, 'clientKey' | 'visitor' | 'subject' | 'name'>): NamedSession {
    const { subject, name, visitor } = requester;
    return {
      session: visitor.session,
      ref: this.of(requester),
      ...(subject !== undefined && { subject }),
      ...(name !== undefined && { name }),
    };
  }
}
