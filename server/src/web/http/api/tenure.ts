import { type Clock, ZerospanError } from '@zerospan/shared';
import { type ConnectionIndexes, IndexedConnection } from '../../../core/access/connection-index.ts';
import type { Identity } from '../../../core/access/gate.ts';
import type { Revocable } from '../../../core/access/revocations.ts';

/** What a tenure uses of the bus. */
export interface TenureBus {
  readonly clock: Clock;
  readonly connections: ConnectionIndexes;
}

/** How often it is checked whether the token has expired, in ms: the clock of the machine may be set. */
const CHECK_MS = 10_000;

/** How long the access of one request lasts, which may wait or stream for minutes: its token expires, or is revoked. */
export class Tenure implements Revocable {
  readonly #clock: Clock;
  readonly #onEnd: (error: unknown) => void;
  readonly #indexed: IndexedConnection;
  readonly #expiresMs: number | undefined;
  #callOff: (() => void) | undefined;

  /** @param onEnd called at most once, not from here: with a ZerospanError that says why */
  constructor(identity: Identity, { clock, connections }: TenureBus, onEnd: (error: unknown) => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#indexed = new IndexedConnection(this, connections);
    this.#indexed.by(identity);
    this.#expiresMs = identity.expiresMs;
    this.#wait();
  }

  reject(error: unknown): void {
    this.end();
    this.#onEnd(error);
  }

  /** The request is over. */
  end(): void {
    this.#indexed.end();
    this.#callOff?.();
  }

  #wait(): void {
    if (this.#expiresMs === undefined) return;
    const leftMs = Math.max(this.#expiresMs - this.#clock.now(), 0);
    this.#callOff = this.#clock.later(Math.min(leftMs, CHECK_MS), () => this.#check(this.#expiresMs));
  }

  #check(expiresMs = 0): void {
    if (this.#clock.now() < expiresMs) this.#wait();
    else this.reject(new ZerospanError('token-expired'));
  }
}
