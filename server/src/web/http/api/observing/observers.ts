import { ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Reports } from '../../../../core/reports.ts';
import { THIS_MACHINE_ONLY } from '../../right-only.ts';

export interface ObserverOptions {
  readonly reports: Pick<Reports, 'refused'>;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
  /** Whether tokens are judged: from then on the right is theirs alone. */
  readonly hasGate: boolean;
  readonly isOfThisMachine: (request: FastifyRequest) => boolean;
}

/**
 * Lets requests to routes that are added to this scope later pass with a token that has the right `observe` or `admin`;
 * where nobody judges tokens, from this machine alone. They show who is connected from where.
 */
export function observersOnly(scope: FastifyInstance, options: ObserverOptions): void {
  const { reports, requesterOf, hasGate, isOfThisMachine } = options;
  scope.addHook('onRequest', async (request) => {
    const requester = requesterOf(request);
    const { admin, observe } = requester.access.identity.grants;
    if (hasGate ? admin || observe : isOfThisMachine(request)) return;
    const { reason, remedy } = THIS_MACHINE_ONLY;
    const fault = hasGate
      ? new ZerospanError('forbidden', 'The token does not grant observe.')
      : new ZerospanError('forbidden', reason, { remedy });
    reports.refused(fault, requester.sender);
    throw fault;
  });
}
