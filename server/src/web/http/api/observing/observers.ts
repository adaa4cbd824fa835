import { ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Identity } from '../../../../core/access/gate.ts';
import { lacking, mayObserve } from '../../../../core/access/operators.ts';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Reports } from '../../../../core/reports.ts';

export interface RightOptions {
  readonly reports: Pick<Reports, 'refused'>;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
}

/**
 * Lets requests to routes that are added to this scope later pass with the right `observe` or `admin`; where nobody
 * judges tokens, this machine alone has it. They show who is connected from where.
 */
export function observersOnly(scope: FastifyInstance, options: RightOptions): void {
  only(scope, options, (identity) => (mayObserve(identity) ? undefined : lacking('observe', identity)));
}

/** The same with the right `admin`. Where nobody judges tokens, nobody has it: not even this machine. */
export function adminsOnly(scope: FastifyInstance, options: RightOptions): void {
  only(scope, options, (identity) => {
    if (identity.grants.admin) return undefined;
    if (identity.subject !== undefined) return lacking('admin', identity);
    return new ZerospanError('forbidden', 'This needs the right admin, which only a token can grant.', {
      remedy: 'Give the server a key (--auth-key), and send a token that grants admin.',
    });
  });
}

function only(
  scope: FastifyInstance,
  { reports, requesterOf }: RightOptions,
  faultOf: (identity: Identity) => ZerospanError | undefined,
): void {
  scope.addHook('onRequest', async (request) => {
    const { access, sender } = requesterOf(request);
    const fault = faultOf(access.identity);
    if (fault === undefined) return;
    reports.refused(fault, sender);
    throw fault;
  });
}
