import type { ServerSettings } from '@zerospan/shared';
import type { FastifyInstance } from 'fastify';
import { SERVER_SETTINGS } from '../openapi/observing.ts';

/** Adds `GET /settings`: what the server runs with, made when it is asked for. */
export function addSettings(scope: FastifyInstance, read: () => ServerSettings): void {
  scope.get('/settings', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: SERVER_SETTINGS,
    handler: async () => read(),
  });
}
