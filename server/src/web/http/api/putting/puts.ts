import type { Readable } from 'node:stream';
import { ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ConnectionIndex } from '../../../../core/access/connection-index.ts';
import type { Requester } from '../../../../core/access/requester.ts';
import { type Meter, meter } from '../../../../core/meter.ts';
import type { Reports } from '../../../../core/reports.ts';
import { timeByRoute } from '../../client-errors.ts';
import { PUTS, PUTS_BODY } from '../openapi/putting.ts';
import { PROBLEMS } from '../problems.ts';
import { rejectEncoded } from './put.ts';
import { PutStream, type PutStreamBus } from './put-stream.ts';

/** What the route uses of the bus. */
export type PutsBus = PutStreamBus & {
  readonly bounds: { readonly connectionsPerUser: number };
  readonly connections: { readonly subjects: Pick<ConnectionIndex, 'hasRoom'> };
  readonly reports: Pick<Reports, 'refused'>;
};

/**
 * Adds `POST /puts` to a scope of its own: lines of puts in, lines of answers out, while they come.
 * @param requesterOf who makes a request that has passed the hooks of the API
 * @param bodyMs how long nothing may come while lines are waited for
 */
export function addPuts(
  scope: FastifyInstance,
  bus: PutsBus,
  requesterOf: (request: FastifyRequest) => Requester,
  bodyMs: number,
): Meter {
  const open = new Set<PutStream>();
  scope.addHook('onRequest', async (request) => {
    const { headers } = request.raw;
    rejectEncoded(headers['content-encoding']);
    // Fastify would judge it before it asks for a parser.
    delete headers['content-type'];
    checkRoom(requesterOf(request), bus);
  });
  // An application that stops would wait for a client that never ends.
  scope.addHook('preClose', async () => {
    for (const stream of open) stream.endWith(PROBLEMS.draining);
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
  scope.post<{ Body: Readable | undefined }>('/puts', {
    config: { problemDetails: true, describedBody: PUTS_BODY },
    schema: PUTS,
    handler: (request, reply) => {
      const { raw } = request;
      const { socket } = raw;
      const isTimed = timeByRoute(socket);
      const stream = new PutStream(request.body ?? raw, requesterOf(request), bus, bodyMs);
      open.add(stream);
      stream.once('close', () => {
        open.delete(stream);
        isTimed();
      });
      reply.raw.once('finish', () => {
        // What its client still sends would be read as its next request.
        if (!raw.complete) socket.destroySoon();
      });
      reply.raw.once('close', () => stream.destroy());
      return reply.type('application/x-ndjson').header('x-accel-buffering', 'no').send(stream);
    },
  });
  return meter('gauge', 'zerospan_http_put_streams', 'Requests to /v1/puts that are open', () => open.size);
}

/** A stream of puts counts as one of its user's connections. */
function checkRoom(requester: Requester, { connections, bounds, reports }: PutsBus): void {
  if (connections.subjects.hasRoom(requester.subject, bounds.connectionsPerUser, 0)) return;
  const fault = new ZerospanError('too-many-connections');
  reports.refused(fault, requester.sender);
  throw fault;
}
