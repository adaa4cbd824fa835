import type { FastifyError, FastifyInstance } from 'fastify';
import type { Revocations, Revoked } from '../../core/access/revocations.ts';
import * as Type from '../../schema.ts';
import { answer, type Doorkeeper, rightOnly } from './right-only.ts';

/** Where all of it is. */
export const ADMIN_PATH = '/admin/';

/** Largest request, in bytes. */
const REQUEST_BYTES = 4 * 1024;

const EXPECTED = 'Send {"subject": NAME}, {"session": ID} or {"token": ID}, with 1 to 255 characters.';

/** Longest name in a revocation; no token has a longer one. */
const Name = Type.String({ minLength: 1, maxLength: 255 });
const strict = { additionalProperties: false };
const body = Type.Compile(
  Type.Union([
    Type.Object({ subject: Name }, strict),
    Type.Object({ session: Name }, strict),
    Type.Object({ token: Name }, strict),
  ]),
);

export interface AdminOptions {
  /** Says who asks, by the bearer token of the request. */
  readonly doorkeeper: Doorkeeper;
  readonly revocations: Pick<Revocations, 'revoke'>;
  /** Resolves when what was revoked outlives the server; rejects if it does not. Left out: nothing of it does. */
  readonly settled?: (() => Promise<void>) | undefined;
}

/**
 * Adds `POST /admin/revocations`: `{"subject": …}`, `{"session": …}` or `{"token": …}` (a `jti`) ends that access at
 * once. It needs a token whose grants say `admin`, and answers 204 when a restart will know it too, or
 * `{ code, reason, remedy }` with 400, 401, 403 or 503.
 */
export async function addAdmin(
  app: FastifyInstance,
  { doorkeeper, revocations, settled }: AdminOptions,
): Promise<void> {
  await app.register(async (scope) => {
    scope.setErrorHandler<FastifyError>((error, request, reply) => {
      const { statusCode = 500, message } = error;
      if (statusCode < 500)
        return answer(reply, statusCode, { code: 'bad-request', reason: `${message}.`, remedy: EXPECTED });
      request.log.error({ err: error }, 'a request to /admin failed');
      return answer(reply, 500, {
        code: 'failed',
        reason: 'The server failed.',
        remedy: "The server's log says why.",
      });
    });
    scope.post(`${ADMIN_PATH}revocations`, {
      bodyLimit: REQUEST_BYTES,
      onRequest: (request, reply) => rightOnly('admin', doorkeeper, request, reply),
      handler: async (request, reply) => {
        if (!body.Check(request.body))
          return answer(reply, 400, {
            code: 'bad-request',
            reason: 'The body is no revocation.',
            remedy: EXPECTED,
          });
        const revoked = request.body as Revoked;
        if (!revocations.revoke(revoked))
          return answer(reply, 503, {
            code: 'too-many-revocations',
            reason:
              'The server remembers as many revocations as it can: what was open is closed, but may reconnect.',
            remedy:
              'Write it into the file of auth.revocations, or take another key: then no token is valid any more.',
          });
        const isKept = 'session' in revoked || (await isDone(settled));
        if (!isKept)
          return answer(reply, 503, {
            code: 'revocation-not-kept',
            reason:
              'The access has ended on this server, but could not be written down: the next restart forgets that, ' +
              'and other nodes of the bus may not know it.',
            remedy:
              "See why in the server's log: its disk (log.directory) is full, say, or the NATS servers are away. " +
              'Then send it again.',
          });
        return reply.code(204).send();
      },
    });
  });
}

async function isDone(settled: AdminOptions['settled']): Promise<boolean> {
  try {
    await settled?.();
    return true;
  } catch {
    // Who keeps them has reported why.
    return false;
  }
}
