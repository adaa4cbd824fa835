import type { Sender } from '../reports.ts';
import { type Access, accessOf } from './access.ts';
import type { Identity, Visitor } from './gate.ts';
import { clientKeyOf, rateKeyOf } from './keys.ts';

/**
 * A client that was admitted, as its requests are checked and counted: one for each session, and one for each request
 * over HTTP.
 */
export class Requester {
  readonly visitor: Visitor;
  /** What it is known by: see `clientKeyOf`. */
  readonly clientKey: string;
  /** For whose share of the server's bounds it counts: see `userOf`. */
  readonly user: string;
  /** Chosen by the client for people, `hello.name`; undefined: none. */
  readonly name: string | undefined;
  /** What it may do. A fresh token of the same subject brings another. */
  access: Access;

  /**
   * @param visitor one without a client id, as over HTTP, goes by its user
   * @param user see `userOf`
   */
  constructor(identity: Identity, visitor: Visitor, user: string, name?: string) {
    const { subject } = identity;
    this.visitor = visitor;
    this.clientKey = clientKeyOf(subject, visitor.client);
    this.user = user;
    this.name = name;
    this.access = accessOf(identity);
  }

  /** The same client, with a session of this id. */
  within(session: string): Requester {
    return new Requester(this.access.identity, { ...this.visitor, session }, this.user, this.name);
  }

  /** By whom its paces go: see `rateKeyOf`. Not kept: many sessions have no use for it. */
  get rateKey(): string {
    return this.visitor.client === '' ? this.user : rateKeyOf(this.subject, this.clientKey);
  }

  /** undefined: access control is off. */
  get subject(): string | undefined {
    return this.access.identity.subject;
  }

  /** As its rejections are reported. */
  get sender(): Sender {
    const { session, address } = this.visitor;
    return { session, address, subject: this.subject };
  }
}
