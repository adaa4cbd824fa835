import type { FastifyInstance, FastifyRequest } from 'fastify';
import { lacking, mayObserve } from '../../../../core/access/operators.ts';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Reports } from '../../../../core/reports.ts';

export interface ObserverOptions {
  readonly reports: Pick<Reports, 'refused'>;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
}

/**
 * Lets requests to routes that are added to this scope later pass with the right `observe` or `admin`; where nobody
 * judges tokens, this machine alone has it. They show who is connected from where.
 */
export function observersOnly(scope: FastifyInstance, { reports, requesterOf }: ObserverOptions): void {
  scope.addHook('onRequest', async (request) => {
    const { access, sender } = requesterOf(request);
    if (mayObserve(access.identity)) return;
    const fault = lacking('observe', access.identity);
    reports.refused(fault, sender);
    throw fault;
  });
}
