import type { Explanation } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../../core/access/requester.ts';
import type { Explainer } from '../../../../core/observing/explain/explainer.ts';
import { positionOf, positionText } from '../events/position.ts';
import { EXPLAIN } from '../openapi/observing.ts';
import { RejectedRequest } from '../problems.ts';
import type { ExplainQuery } from './schemas/explanation.ts';
import type { ReadsUnderWay } from './under-way.ts';

export interface ExplainOptions {
  readonly explainer: Pick<Explainer, 'explain'>;
  readonly underWay: ReadsUnderWay;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
}

/** Adds `GET /explain`: what became of one publication at one client, and why. */
export function addExplain(
  scope: FastifyInstance,
  { explainer, underWay, requesterOf }: ExplainOptions,
): void {
  scope.get<{ Querystring: ExplainQuery }>('/explain', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: EXPLAIN,
    handler: async (request): Promise<Explanation> => {
      const { offset, client } = request.query;
      const position = positionOf(offset);
      if (!position)
        throw new RejectedRequest('bad-request', 'The parameter offset is no position: EPOCH_OFFSET.');
      const explained = await underWay.run(requesterOf(request).user, () =>
        explainer.explain(position, client),
      );
      return { position: positionText(position), ...explained };
    },
  });
}
