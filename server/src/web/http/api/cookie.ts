import { ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../core/access/requester.ts';
import { isLoopback } from '../../../loopback.ts';
import { bearerOf } from '../bearer.ts';
import { SESSION_DELETE, SESSION_POST } from './openapi/session.ts';
import { RejectedRequest } from './problems.ts';

/**
 * Largest token that a cookie holds, in bytes: browsers drop a cookie of more than 4,096 with its name and attributes.
 */
const COOKIE_BYTES = 3_800;

/** Largest body of these requests, which is ignored. */
const BODY_BYTES = 1_024;

/**
 * Adds `POST /session`, which puts the bearer token of the request into a cookie for pages that cannot send a header,
 * and `DELETE /session`, which removes it.
 * @param path where browsers send the cookie: the prefix of the plugin
 */
export function addSession(
  scope: FastifyInstance,
  path: string,
  now: () => number,
  admit: (request: FastifyRequest) => Promise<Requester>,
): void {
  scope.addHook('onRequest', async ({ raw }) => {
    delete raw.headers['content-type'];
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null));
  scope.route({
    method: 'POST',
    url: '/session',
    bodyLimit: BODY_BYTES,
    config: { problemDetails: true },
    schema: SESSION_POST,
    handler: async (request, reply) => {
      const token = bearerOf(request);
      if (token === undefined)
        throw new RejectedRequest('bad-request', 'The request has no token in the header Authorization.');
      const { access } = await admit(request);
      const value = encodeURIComponent(token);
      if (value.length > COOKIE_BYTES) throw tooLarge(value.length);
      const { expiresMs } = access.identity;
      const lifeS = expiresMs === undefined ? undefined : Math.floor((expiresMs - now()) / 1_000);
      return reply
        .header('set-cookie', cookie(value, path, request, lifeS))
        .code(204)
        .send();
    },
  });
  scope.route({
    method: 'DELETE',
    url: '/session',
    bodyLimit: BODY_BYTES,
    config: { problemDetails: true },
    schema: SESSION_DELETE,
    handler: async (request, reply) =>
      reply
        .header('set-cookie', cookie('', path, request, 0))
        .code(204)
        .send(),
  });
}

/** @param lifeS undefined: until the browser ends */
function cookie(value: string, path: string, request: FastifyRequest, lifeS: number | undefined): string {
  const { headers } = request;
  const name = (headers.host ?? '').replace(/:\d*$/, '');
  return [
    `zerospan=${value}`,
    `Path=${path}`,
    'HttpOnly',
    'SameSite=Strict',
    // Nothing can be read on the way to this machine itself, and browsers may refuse it without TLS.
    ...(isLoopback(name) ? [] : ['Secure']),
    ...(lifeS === undefined ? [] : [`Max-Age=${lifeS}`]),
  ].join('; ');
}

function tooLarge(bytes: number): ZerospanError {
  const reason = `The token has ${bytes} bytes as a cookie, more than ${COOKIE_BYTES}.`;
  return new ZerospanError('too-large', reason, {
    remedy: 'Use a token with fewer grants, or send it as Authorization: Bearer TOKEN.',
  });
}
