import { ZerospanError } from '@zerospan/shared';
import type { FastifyRequest } from 'fastify';
import { Requester } from '../../../core/access/requester.ts';
import type { Reports } from '../../../core/reports.ts';
import type { SecurityEvents } from '../../../security-events.ts';
import type { Callers } from '../../entry/caller.ts';
import { identityOf, type Judge, tokenOf, withoutToken } from '../bearer.ts';
import { RejectedRequest } from './problems.ts';

/** What finding the identity of a client uses of the bus. */
export interface IdentityBus extends Judge {
  readonly reports: Pick<Reports, 'refused'>;
  /** For whose share of the server's bounds a client counts. */
  userOf(subject: string | undefined, address: string): string;
}

/** Finds out who makes a request, by the same gate and within the same time as `hello`. */
export class Identification {
  readonly #bus: IdentityBus;
  readonly #callers: Pick<Callers, 'of'>;
  readonly #events: Pick<SecurityEvents, 'report'>;

  constructor(bus: IdentityBus, callers: Pick<Callers, 'of'>, events: Pick<SecurityEvents, 'report'>) {
    this.#bus = bus;
    this.#callers = callers;
    this.#events = events;
  }

  /**
   * @throws ZerospanError for a client that is not admitted, which is reported; RejectedRequest where the gate fails
   */
  async requesterOf(request: FastifyRequest): Promise<Requester> {
    const token = tokenOf(request);
    const caller = this.#callers.of(request);
    const { address } = caller;
    try {
      const identity = await identityOf(this.#bus, token, caller);
      return new Requester(
        identity,
        { session: '', client: '', ...caller },
        this.#bus.userOf(identity.subject, address),
      );
    } catch (error) {
      if (error instanceof ZerospanError) {
        this.#bus.reports.refused(error, { session: '', address, subject: undefined });
        throw error;
      }
      this.#events.report('gate-failed', { address, reason: withoutToken(String(error), token) });
      throw new RejectedRequest('gate-failed');
    }
  }
}
