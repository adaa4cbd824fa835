import type { FastifyInstance } from 'fastify';
import type { LimitUse, Overview } from '../../../../core/observing/overview.ts';
import type { Readiness } from '../../health.ts';
import { STATUS } from '../openapi/observing.ts';
import { versionOf } from '../openapi/openapi.ts';
import type { Status } from './status-schema.ts';

/** Where the state of the server is read, whenever it is asked for. */
export interface StatusSources {
  readonly overview: Pick<Overview, 'read'>;
  readonly readiness: Readiness;
  /** Limits that the core does not know. */
  readonly limits: () => readonly LimitUse[];
  readonly zeromq: () => Status['zeromq'];
}

/** Adds `GET /status`: the state of the server at this moment. */
export function addStatus(
  scope: FastifyInstance,
  { overview, readiness, limits, zeromq }: StatusSources,
): void {
  const version = versionOf();
  scope.get('/status', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: STATUS,
    handler: async (): Promise<Status> => {
      const { log, limits: ofCore, uptimeMs, ...bus } = overview.read();
      return {
        ...{ version, uptimeMs, waiting: [...readiness.waiting()], notes: [...readiness.notes()] },
        ...{ ...bus, log, zeromq: zeromq(), limits: [...limits(), ...ofCore] },
      };
    },
  });
}
