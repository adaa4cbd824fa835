import type { FastifyInstance } from 'fastify';
import { allowOf, type Methods } from './unrouted.ts';

/** What pages of other origins may send beside what every page may. */
const ALLOWED = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Zerospan-Epoch, Zerospan-Sent',
  // How long a browser may go by this answer, in seconds: two hours, the most that Chromium takes.
  'access-control-max-age': '7200',
};

/** What they may read of an answer beside its body and what every page may. */
const EXPOSED = 'Link, Zerospan-Position, Retry-After';

/**
 * Lets pages of admitted origins use the routes of this scope. A request from another origin does not come here: the
 * guard has rejected it, and its answer has none of these headers.
 */
export function addCors(scope: FastifyInstance): void {
  scope.addHook('onRequest', async ({ headers: { origin } }, reply) => {
    reply.header('vary', 'Origin');
    if (origin === undefined) return;
    reply.headers({
      'access-control-allow-origin': origin,
      // For the cookie, which browsers send from pages of the same site alone.
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': EXPOSED,
      'cross-origin-resource-policy': 'cross-origin',
    });
  });
}

/**
 * Answers what a browser asks before it sends such a request; it asks without credentials. So it does where there is no
 * route: a page could not read the problem otherwise, which says so.
 */
export function addPreflight(scope: FastifyInstance, methods: Methods): void {
  scope.options<{ Params: { '*': string } }>('/*', {
    config: { problemDetails: true },
    handler: async ({ params }, reply) => {
      const allow = allowOf(methods, `/${params['*']}`);
      if (allow !== undefined) reply.header('allow', allow);
      return reply.headers(ALLOWED).code(204).send();
    },
  });
}
