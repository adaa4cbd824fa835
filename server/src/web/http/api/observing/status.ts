import type { LimitUse, ServerStatus } from '@zerospan/shared';
import type { FastifyInstance } from 'fastify';
import type { Overview } from '../../../../core/observing/overview.ts';
import type { Readiness } from '../../health.ts';
import { versionOf } from '../../version.ts';
import { STATUS } from '../openapi/observing.ts';

/** Where the state of the server is read, whenever it is asked for. */
export interface StatusSources {
  readonly overview: Pick<Overview, 'read'>;
  readonly readiness: Readiness;
  /** Limits that the core does not know. */
  readonly limits: () => readonly LimitUse[];
  readonly zeromq: () => ServerStatus['zeromq'];
  readonly nodes: () => ServerStatus['nodes'];
}

/** @returns reads the state of the server at this moment */
export function statusOf({ overview, readiness, limits, zeromq, nodes }: StatusSources): () => ServerStatus {
  const version = versionOf();
  return () => {
    const { uptimeMs, log, limits: ofCore, ...bus } = overview.read();
    return {
      ...{ version, uptimeMs, waiting: readiness.waiting(), notes: readiness.notes() },
      ...{ ...bus, log, zeromq: zeromq(), nodes: nodes(), limits: [...limits(), ...ofCore] },
    };
  };
}

/** Adds `GET /status`: the state of the server. */
export function addStatus(scope: FastifyInstance, read: () => ServerStatus): void {
  scope.get('/status', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: STATUS,
    handler: async () => read(),
  });
}
