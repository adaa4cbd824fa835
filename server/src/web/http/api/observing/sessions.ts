import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../../core/access/requester.ts';
import type { ObservedSessions } from '../../../../core/observing/sessions.ts';
import { SESSION, SESSION_END, SESSIONS } from '../openapi/observing.ts';
import { RejectedRequest } from '../problems.ts';
import { pageOf } from './schemas/page.ts';
import type { SessionId, SessionsQuery } from './schemas/sessions.ts';
import type { ReadsUnderWay } from './under-way.ts';

export interface SessionsOptions {
  readonly sessions: Pick<ObservedSessions, 'page' | 'detail' | 'idOf'>;
  readonly underWay: ReadsUnderWay;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
  /** Ends a session for good, as a revocation does. */
  readonly endSession: (id: string) => void;
  /** The same of one that this server does not have; false: no other one can have it either. */
  readonly endElsewhere: (id: string) => boolean;
}

const COMMON = { config: { problemDetails: true }, exposeHeadRoute: false } as const;

/** Adds `GET /sessions` and `GET /sessions/ID`. */
export function addSessions(
  scope: FastifyInstance,
  { sessions, underWay, requesterOf }: Omit<SessionsOptions, 'endSession' | 'endElsewhere'>,
): void {
  scope.get<{ Querystring: SessionsQuery }>('/sessions', {
    ...COMMON,
    schema: SESSIONS,
    handler: (request) => {
      const { query } = request;
      return underWay.run(requesterOf(request).user, () =>
        sessions.page({ sort: query.sort ?? 'lag', ...pageOf(query) }),
      );
    },
  });
  scope.get<{ Params: SessionId }>('/sessions/:id', {
    ...COMMON,
    schema: SESSION,
    handler: async (request) => {
      const { id } = request.params;
      const detail = await underWay.run(requesterOf(request).user, () => sessions.detail(id));
      if (detail === undefined) throw new RejectedRequest('unknown-session');
      return detail;
    },
  });
}

/** Adds `DELETE /sessions/ID`. */
export function addSessionEnd(
  scope: FastifyInstance,
  { sessions, underWay, requesterOf, endSession, endElsewhere }: SessionsOptions,
): void {
  scope.delete<{ Params: SessionId }>('/sessions/:id', {
    config: { problemDetails: true },
    schema: SESSION_END,
    handler: async (request, reply) => {
      const { id: idOrRef } = request.params;
      const id = await underWay.run(requesterOf(request).user, () => sessions.idOf(idOrRef));
      if (id === undefined) {
        if (endElsewhere(idOrRef)) return reply.code(202).send();
        throw new RejectedRequest('unknown-session');
      }
      endSession(id);
      return reply.code(204).send();
    },
  });
}
