import { CODES, type Code, ZerospanError } from '@zerospan/shared';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Gate } from '../core/access/gate.ts';
import { addressOf } from './caller.ts';

/**
 * Lets a request pass that brings a bearer token whose grants say `admin`; answers any other `{ error, remedy }` with 401 or 403, and with 500 where the gate itself
 * fails. For `onRequest`: before the body is read, because a stranger's is none of our business.
 */
export async function adminOnly(gate: Gate, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  let refused: Code | undefined;
  try {
    refused = await refusalOf(gate, request);
  } catch (error) {
    request.log.error({ err: error }, 'it could not be found out who asks');
    await answer(reply, 500, 'failed', "The server's log says why.");
    return;
  }
  if (refused === undefined) return;
  // A token that was good for nothing else: forbidden; one that is not good at all: asked for anew.
  if (refused !== 'forbidden') reply.header('www-authenticate', 'Bearer');
  await answer(reply, refused === 'forbidden' ? 403 : 401, refused, CODES[refused].remedy);
}

export function answer(reply: FastifyReply, status: number, error: string, remedy: string): FastifyReply {
  return reply.code(status).send({ error, remedy });
}

/** The code of what is wrong with whoever asks; undefined when they may. */
async function refusalOf(gate: Gate, request: FastifyRequest): Promise<Code | undefined> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  try {
    const { grants } = await gate.admit(token, { session: '', client: '', address: addressOf(request) });
    return grants.admin ? undefined : 'forbidden';
  } catch (error) {
    if (error instanceof ZerospanError) return error.code;
    throw error;
  }
}
