import { isUtf8 } from 'node:buffer';
import { ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../../core/access/requester.ts';
import { namedPutKey } from '../../../../core/putting/put-key.ts';
import { PUT, PUT_BODY } from '../openapi/putting.ts';
import { RejectedRequest } from '../problems.ts';
import type { PutAnswer, PutHeaders, PutQuery } from '../schemas.ts';
import { PutCall, type PutCallBus } from './put-call.ts';

/** What the route uses of the bus. */
export type PutBus = PutCallBus & { readonly limits: { readonly payloadBytes: number } };

const NOTHING = Buffer.alloc(0);

/**
 * Adds `POST /put` to a scope of its own, in which a body is the payload, byte for byte, whatever its type.
 * @param requesterOf who makes a request that has passed the hooks of the API
 */
export function addPut(
  scope: FastifyInstance,
  bus: PutBus,
  requesterOf: (request: FastifyRequest) => Requester,
): void {
  scope.addHook('onRequest', async ({ raw: { headers } }) => {
    rejectEncoded(headers['content-encoding']);
    // Fastify would judge it before it asks for a parser.
    delete headers['content-type'];
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  scope.post<{ Querystring: PutQuery; Headers: PutHeaders; Body: Buffer | undefined }>('/put', {
    bodyLimit: bus.limits.payloadBytes,
    config: { problemDetails: true, describedBody: PUT_BODY },
    schema: PUT,
    handler: (request, reply) =>
      new Promise<PutAnswer>((answered, failed) => {
        const requester = requesterOf(request);
        const { channel = [], confirmMs } = request.query;
        const who = request.query.who !== undefined;
        if (who && confirmMs === undefined)
          throw new RejectedRequest('bad-request', 'who needs confirmMs: how long to wait for answers.');
        const { body = NOTHING } = request;
        const key = isUtf8(body)
          ? keyOf(request.headers, requester, bus)
          : new ZerospanError('bad-payload', 'The payload is not UTF-8.');
        const call = new PutCall(requester, bus, { answered, failed });
        reply.raw.once('close', () => call.close());
        if (key instanceof ZerospanError) call.refuse(key);
        else
          call.put({
            id: 1,
            key,
            channels: channel,
            payload: body,
            confirm: confirmMs === undefined ? undefined : { timeoutMs: confirmMs, who },
          });
      }),
  });
}

/** @throws RejectedRequest: a payload is passed on byte for byte, so it comes as it is */
export function rejectEncoded(encoding: string | undefined): void {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new RejectedRequest('bad-encoding');
}

/** The key of a put, or why it cannot be answered what became of the one before. */
function keyOf(
  { 'idempotency-key': name, 'zerospan-epoch': epoch, 'zerospan-sent': sentMs }: PutHeaders,
  requester: Requester,
  { log, clock }: Pick<PutBus, 'log' | 'clock'>,
): ReturnType<typeof namedPutKey> | ZerospanError | undefined {
  if (name === undefined) {
    if (epoch === undefined && sentMs === undefined) return undefined;
    throw new RejectedRequest('bad-request', 'Zerospan-Epoch and Zerospan-Sent need an Idempotency-Key.');
  }
  if (epoch !== undefined && epoch !== log.epoch)
    return new ZerospanError('outcome-unknown', `The log is another one: its epoch is ${log.epoch}.`);
  const firstSentMs = sentMs === undefined ? undefined : log.elapsed() - Math.max(clock.now() - sentMs, 0);
  return namedPutKey(requester, name, firstSentMs);
}
