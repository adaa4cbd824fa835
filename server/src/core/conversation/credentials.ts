import { type Clock, ZerospanError } from '@zerospan/shared';
import { type Access, accessOf } from '../access/access.ts';
import { ask } from '../access/ask.ts';
import type { Gate, Visitor } from '../access/gate.ts';
import type { Revocable } from '../access/revocations.ts';
import { Expiry } from './expiry.ts';

/** The connection that credentials belong to. */
export interface Holder extends Revocable {
  /** A fresh token has been taken. */
  renewed(access: Access): void;
}

/** What credentials use of the bus. */
export interface CredentialsBus {
  readonly gate: Gate;
  readonly clock: Clock;
}

/** What lets a session stay: what it may do, until when, and how that is renewed. */
export class Credentials {
  readonly #visitor: Visitor;
  readonly #bus: CredentialsBus;
  readonly #holder: Holder;
  #access: Access;
  /** Many tokens do not end. */
  #expiry: Expiry | undefined;
  /** Calls off a question to the gate. */
  #asking: (() => void) | undefined;

  constructor(access: Access, visitor: Visitor, bus: CredentialsBus, holder: Holder) {
    this.#access = access;
    this.#visitor = visitor;
    this.#bus = bus;
    this.#holder = holder;
  }

  /** How long they hold still, in ms; undefined: they do not end. */
  get expiresInMs(): number | undefined {
    const { expiresMs } = this.#access.identity;
    return expiresMs === undefined ? undefined : Math.max(expiresMs - this.#bus.clock.now(), 0);
  }

  /** Brings a fresh token. Answers false, and does nothing, while an earlier one is still being asked about. */
  renew(token: string): boolean {
    if (this.#asking) return false;
    let isAnswered = false;
    const callOff = ask(this.#bus.gate, this.#bus.clock, token, this.#visitor, {
      admitted: (identity) => {
        isAnswered = true;
        this.#asking = undefined;
        this.#take(accessOf(identity));
      },
      rejected: (error) => {
        isAnswered = true;
        this.#holder.reject(error);
      },
    });
    if (!isAnswered) this.#asking = callOff;
    return true;
  }

  /** Looks whether they have ended. To be called when they begin, and every few seconds. */
  check(): void {
    const { expiresMs } = this.#access.identity;
    if (expiresMs === undefined) return;
    this.#expiry ??= new Expiry(this.#bus.clock, () =>
      this.#holder.reject(new ZerospanError('token-expired')),
    );
    this.#expiry.check(expiresMs);
  }

  stop(): void {
    this.#asking?.();
    this.#expiry?.stop();
  }

  #take(access: Access): void {
    if (access.identity.subject !== this.#access.identity.subject) {
      this.#holder.reject(new ZerospanError('unauthorized', 'The token is of another subject.'));
      return;
    }
    this.#access = access;
    this.#expiry?.stop();
    this.#holder.renewed(access);
    this.check();
  }
}
